// Project references mirror the manifests, so that `tsc -b` builds in the order that the packages depend on each other.
import { manifestOf, referencesOf, runtimeNames } from '../manifests.ts'
import { homesOf } from '../places.ts'
import type { Tree, Violation } from '../tree.ts'

export function checkReferences(tree: Tree): readonly Violation[] {
  const root = compare(tree, 'tsconfig.json', homesOf(tree), [])
  return [...root, ...homesOf(tree).flatMap(home => checkHome(tree, home))]
}

function checkHome(tree: Tree, home: string): readonly Violation[] {
  const manifest = manifestOf(tree, home)
  if (manifest === null) return []
  const runtime = projects(tree, runtimeNames(manifest))
  const dev = projects(tree, [...manifest.devDependencies.keys()])
  const own = `${home}/tsconfig.build.json`
  return [
    ...compare(tree, own, runtime, schemas(tree)),
    ...compare(tree, `${home}/tsconfig.test.json`, [own, ...dev], [...runtime, ...schemas(tree)])
  ]
}

function compare(tree: Tree, file: string, wanted: readonly string[], tolerated: readonly string[]): Violation[] {
  const found = referencesOf(tree, file)
  const complain = (text: string): Violation => ({ rule: 'references', file, line: 0, text })
  if (found === null) return [complain('is missing')]
  const met = (path: string): boolean =>
    found.includes(path) || tolerated.some(other => isSibling(other, path) && found.includes(other))
  const missing = wanted.filter(path => !met(path)).map(path => complain(`does not refer to ${path}`))
  const extra = found.filter(path => !wanted.includes(path) && !tolerated.includes(path))
  return [...missing, ...extra.map(path => complain(`refers to ${path}, which the package does not depend on`))]
}

/** Who needs no more of a package than its schema refers to that project instead of the whole build. */
function isSibling(schema: string, build: string): boolean {
  return build.endsWith('/tsconfig.build.json') && schema.startsWith(build.slice(0, -'tsconfig.build.json'.length))
}

function projects(tree: Tree, names: readonly string[]): readonly string[] {
  const folders = names.filter(name => name.startsWith('@sluice/')).map(name => name.slice('@sluice/'.length))
  return folders.map(folder => {
    const area = tree.has(`packages/${folder}/package.json`) ? 'packages' : 'tools'
    return `${area}/${folder}/tsconfig.build.json`
  })
}

/** Projects besides build and test, such as protocol's schema: whoever reads them may refer to them. */
function schemas(tree: Tree): readonly string[] {
  return [...tree.keys()].filter(path => /\/tsconfig\.(?!build|test|base)[a-z]+\.json$/.test(path))
}
