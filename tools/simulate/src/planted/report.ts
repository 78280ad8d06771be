// The table of planted bugs: where each comes from, and what told of it.
import type { Hunt } from './hunt.ts'

export function huntLines({ plant, caught, seeds }: Hunt): string[] {
  const { name, bug, origin } = plant
  const head = `${caught === null ? 'MISSED ' : '       '}${name.padEnd(30)} ${origin.padEnd(44)}`
  const count = `${String(seeds).padStart(5)} ${seeds === 1 ? 'seed ' : 'seeds'}`
  if (caught === null) return [`${head} ${count}  ${bug}`]
  const { scenario, seed, violation } = caught
  return [
    `${head} ${count}  ${violation.id.padEnd(8)} ${scenario.padEnd(5)} seed ${seed}`,
    `       ${bug}`,
    `         ${violation.text.slice(0, 200)}`
  ]
}
