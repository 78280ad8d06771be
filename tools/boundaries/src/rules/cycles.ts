// No package depends on itself by way of others, in the graph or in the manifests.
import { allows, graph } from '../graph.ts'
import { manifestOf, runtimeNames } from '../manifests.ts'
import { homesOf } from '../places.ts'
import type { Tree, Violation } from '../tree.ts'

export function checkCycles(tree: Tree): readonly Violation[] {
  const names = [...graph.keys()]
  const planned = new Map([...graph].map(([name, rule]) => [name, names.filter(other => allows(rule.imports, other))]))
  const real = new Map(
    homesOf(tree).map(home => {
      const manifest = manifestOf(tree, home)
      return [manifest?.name ?? home, manifest === null ? [] : runtimeNames(manifest)]
    })
  )
  return [
    ...complaints(findCycle(planned), 'tools/boundaries/src/graph.ts'),
    ...complaints(findCycle(real), 'package.json')
  ]
}

function complaints(cycle: readonly string[] | null, file: string): readonly Violation[] {
  return cycle === null ? [] : [{ rule: 'cycles', file, line: 0, text: `goes round: ${cycle.join(' -> ')}` }]
}

/** The first way round that is found, its start named twice; null when there is none. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return null
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...path, name])
      if (cycle !== null) return cycle
    }
    done.add(name)
    return null
  }
  for (const name of edges.keys()) {
    const cycle = visit(name, [])
    if (cycle !== null) return cycle
  }
  return null
}
