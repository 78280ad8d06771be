// Draws the package graph as the code has it, into the marked block of docs/architecture.md.
import { graph } from './graph.ts'
import { importsOf } from './imports.ts'
import { codeOf } from './places.ts'
import { tokenize } from './tokens.ts'
import type { Tree, Violation } from './tree.ts'

const page = 'docs/architecture.md'
const opening = '<!-- graph: written by `pnpm check --write` -->'
const closing = '<!-- end of graph -->'

interface Edges {
  readonly source: Set<string>
  readonly tests: Set<string>
}

/** One line a package: what its source imports, and what only its tests import. */
export function draw(tree: Tree): string {
  const edges = edgesOf(tree)
  const names = [...graph.keys()].filter(name => tree.has(`packages/${name}/package.json`))
  const width = Math.max(...names.map(name => name.length))
  const left = names.map(name => `${name.padEnd(width)} <- ${list(edges.get(name)?.source)}`)
  const room = Math.max(...left.map(line => line.length)) + 2
  const lines = names.map((name, index) => {
    const { source, tests } = edges.get(name) ?? { source: new Set(), tests: new Set() }
    const dev = ordered(tests).filter(target => !source.has(target))
    return dev.length === 0 ? left[index] : `${left[index]?.padEnd(room)}tests: ${dev.join(', ')}`
  })
  return ['```', ...lines, '```'].join('\n')
}

export function checkDrawing(tree: Tree): readonly Violation[] {
  const text = tree.get(page)
  if (text === undefined) return [{ rule: 'drawing', file: page, line: 0, text: 'is missing' }]
  return text === redraw(tree) ? [] : [{ rule: 'drawing', file: page, line: lineOf(text), text: advice }]
}

const advice = 'the drawn graph is not the code’s; run `pnpm check --write` and read what changed'

/** The page with its block drawn anew. A page without the markers comes back without a change but with the block at its end. */
export function redraw(tree: Tree): string {
  const text = tree.get(page) ?? ''
  const block = `${opening}\n\n${draw(tree)}\n\n${closing}`
  const start = text.indexOf(opening)
  const end = text.indexOf(closing)
  if (start < 0 || end < start) return `${text.trimEnd()}\n\n${block}\n`
  return text.slice(0, start) + block + text.slice(end + closing.length)
}

function edgesOf(tree: Tree): ReadonlyMap<string, Edges> {
  const edges = new Map<string, Edges>()
  for (const { place, source } of codeOf(tree)) {
    if (place.tool) continue
    const entry = edges.get(place.name) ?? { source: new Set<string>(), tests: new Set<string>() }
    edges.set(place.name, entry)
    for (const { specifier } of importsOf(tokenize(source))) {
      const target = /^@sluice\/([^/]+)/.exec(specifier)?.[1]
      if (target !== undefined && target !== place.name) entry[place.kind === 'source' ? 'source' : 'tests'].add(target)
    }
  }
  return edges
}

function ordered(names: ReadonlySet<string>): readonly string[] {
  const order = [...graph.keys()]
  return [...names].toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
}

function list(names: ReadonlySet<string> | undefined): string {
  return names === undefined || names.size === 0 ? 'nothing' : ordered(names).join(', ')
}

function lineOf(text: string): number {
  const at = text.indexOf(opening)
  return at < 0 ? 0 : text.slice(0, at).split('\n').length
}
