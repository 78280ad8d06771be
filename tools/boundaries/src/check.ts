// The check as a whole: a pure function from a tree of files to what is wrong with it.
import { checkDrawing } from './drawing.ts'
import { checkCycles } from './rules/cycles.ts'
import { checkHomes } from './rules/homes.ts'
import { checkImports } from './rules/import-graph.ts'
import { checkManifests } from './rules/manifest-graph.ts'
import { checkPage } from './rules/page.ts'
import { checkReferences } from './rules/references.ts'
import { checkRooms } from './rules/rooms.ts'
import type { Tree, Violation } from './tree.ts'

/** In the order in which they are run and reported. */
export const rules: readonly { readonly name: string; readonly check: (tree: Tree) => readonly Violation[] }[] = [
  { name: 'graph', check: checkImports },
  { name: 'manifest', check: checkManifests },
  { name: 'references', check: checkReferences },
  { name: 'cycles', check: checkCycles },
  { name: 'homes', check: checkHomes },
  { name: 'rooms', check: checkRooms },
  { name: 'drawing', check: checkDrawing },
  { name: 'page', check: checkPage }
]

export function check(tree: Tree): readonly Violation[] {
  return rules.flatMap(rule => rule.check(tree))
}
