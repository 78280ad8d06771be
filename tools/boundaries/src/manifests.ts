// What package.json and tsconfig files say, read into shapes that rules can compare.
import type { Tree } from './tree.ts'

export interface Manifest {
  readonly path: string
  readonly name: string
  readonly dependencies: ReadonlyMap<string, string>
  readonly devDependencies: ReadonlyMap<string, string>
  readonly peerDependencies: ReadonlyMap<string, string>
  readonly optionalDependencies: ReadonlyMap<string, string>
  /** Entry points as a user writes them: `@sluice/base`, `@sluice/base/parts`. */
  readonly entries: readonly string[]
}

/** Null when there is no such file. */
export function manifestOf(tree: Tree, home: string): Manifest | null {
  const path = home === '' ? 'package.json' : `${home}/package.json`
  const json = readJson(tree, path)
  if (json === null) return null
  const name = typeof json['name'] === 'string' ? json['name'] : ''
  return {
    path,
    name,
    dependencies: stringsOf(json['dependencies']),
    devDependencies: stringsOf(json['devDependencies']),
    peerDependencies: stringsOf(json['peerDependencies']),
    optionalDependencies: stringsOf(json['optionalDependencies']),
    entries: Object.keys(objectOf(json['exports'])).map(key => name + key.slice(1))
  }
}

/** Everything that `src` may import: run-time, peer and optional dependencies. */
export function runtimeNames(manifest: Manifest): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  return [...dependencies.keys(), ...peerDependencies.keys(), ...optionalDependencies.keys()]
}

/** The folders or files that a tsconfig refers to, as paths from the root. Null when there is no such file. */
export function referencesOf(tree: Tree, path: string): readonly string[] | null {
  const json = readJson(tree, path)
  if (json === null) return null
  const list: unknown[] = Array.isArray(json['references']) ? json['references'] : []
  return list.flatMap(entry => {
    const target = objectOf(entry)['path']
    return typeof target === 'string' ? [resolve(path, target)] : []
  })
}

/** A relative path seen from a file, as a path from the root; one that leaves the root begins with `..`. */
export function resolve(fromFile: string, relative: string): string {
  const parts = fromFile.split('/').slice(0, -1)
  for (const part of relative.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

function readJson(tree: Tree, path: string): Record<string, unknown> | null {
  const text = tree.get(path)
  if (text === undefined) return null
  return objectOf(JSON.parse(text) as unknown)
}

function objectOf(value: unknown): Record<string, unknown> {
  // A JSON object is a record of unknown values; anything else counts as an empty one.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function stringsOf(value: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(objectOf(value)).map(([key, text]) => [key, String(text)]))
}
