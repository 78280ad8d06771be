// `pnpm chaos`: mistreats a real cluster under load; the exit status says whether every promise was kept.
import { writeFileSync } from 'node:fs'
import { readArguments, usage, type ChaosArguments } from './arguments.ts'
import { chaos } from './chaos.ts'
import { faults, outage } from './mistreatments.ts'
import { claims } from './claims.ts'
import { report } from './report.ts'

const say = (line: string): void => console.log(line)

async function main(): Promise<boolean> {
  const given = argumentsOrNull()
  if (given === null) return false
  const { seed, modes, minutes, rate, outageSeconds } = given
  const what = outageSeconds > 0 ? `all brokers dead for ${outageSeconds} seconds` : `${minutes} minutes`
  say(`Seed ${seed}, ${modes.join(' and ')}, ${what}, ${rate} records per second offered in each mode`)
  const result = await chaos(given, outageSeconds > 0 ? outage(outageSeconds) : faults(minutes, seed), say)
  const held = claims(result, given)
  report(result, held, say)
  if (given.json !== null) writeFileSync(given.json, JSON.stringify({ given, held, ...result }))
  return held.every(({ holds }) => holds)
}

function argumentsOrNull(): ChaosArguments | null {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return null
  }
}

// Without these the brokers would be left behind: they are stopped when the process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

let kept = false
try {
  kept = await main()
} catch (error) {
  say(`The run could not go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
}
process.exitCode = kept ? 0 : 1
