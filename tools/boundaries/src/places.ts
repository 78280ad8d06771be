// Where a file stands: its package, and whether it is source, a test, or a test against real brokers.
import type { Tree } from './tree.ts'

export interface Place {
  readonly path: string
  /** Such as `packages/core`. */
  readonly home: string
  /** The folder's own name, such as `core`. */
  readonly name: string
  readonly tool: boolean
  readonly kind: 'source' | 'test' | 'kafka test'
}

const pattern = /^((packages|tools)\/([^/]+))\/(.+)$/

/** Null for a path outside packages/ and tools/. */
function placeOf(path: string): Place | null {
  const [, home = '', area, name = '', rest = ''] = pattern.exec(path) ?? []
  if (home === '') return null
  return { path, home, name, tool: area === 'tools', kind: kindOf(rest) }
}

function kindOf(rest: string): Place['kind'] {
  if (rest.startsWith('test-kafka/')) return 'kafka test'
  return rest.startsWith('test/') || /\.test(-d)?\.ts$/.test(rest) ? 'test' : 'source'
}

/** Every TypeScript file of packages/ and tools/. */
export function codeOf(tree: Tree): readonly { readonly place: Place; readonly source: string }[] {
  const code: { place: Place; source: string }[] = []
  for (const [path, source] of tree) {
    const place = path.endsWith('.ts') ? placeOf(path) : null
    if (place !== null) code.push({ place, source })
  }
  return code
}

/** The homes of all packages and tools, in order. */
export function homesOf(tree: Tree): readonly string[] {
  const found = [...tree.keys()].flatMap(path => /^((?:packages|tools)\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? [])
  return found.toSorted()
}

/** A room is a file, or a folder that ends with `/`. */
export function isIn(path: string, rooms: readonly string[]): boolean {
  return rooms.some(room => (room.endsWith('/') ? path.startsWith(room) : path === room))
}
