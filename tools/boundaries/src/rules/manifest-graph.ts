// Every package.json depends on what the graph allows and the code imports: no more, no less.
import { allows, graph } from '../graph.ts'
import { importsOf } from '../imports.ts'
import { manifestOf, runtimeNames, type Manifest } from '../manifests.ts'
import { codeOf, homesOf, type Place } from '../places.ts'
import { tokenize } from '../tokens.ts'
import type { Tree, Violation } from '../tree.ts'
import { packageName } from './import-graph.ts'

export function checkManifests(tree: Tree): readonly Violation[] {
  const used = usedBy(tree)
  return homesOf(tree).flatMap(home => {
    const manifest = manifestOf(tree, home)
    if (manifest === null) return []
    const name = home.slice(home.indexOf('/') + 1)
    const complaints = [
      ...checkNames(home, name, manifest),
      ...checkVersions(manifest),
      ...checkUse(manifest, used.get(home) ?? { source: new Set(), tests: new Set() })
    ]
    return complaints.map(text => ({ rule: 'manifest', file: manifest.path, line: 0, text }))
  })
}

function checkNames(home: string, name: string, manifest: Manifest): readonly string[] {
  const wrongName = manifest.name === `@sluice/${name}` ? [] : [`is named ${manifest.name}, not @sluice/${name}`]
  if (home.startsWith('tools/')) return wrongName
  const rule = graph.get(name)
  if (rule === undefined) return [...wrongName, `${name} is not in the graph (tools/boundaries/src/graph.ts)`]
  const runtime = workspaceNames(runtimeNames(manifest)).filter(target => !allows(rule.imports, target))
  const dev = workspaceNames([...manifest.devDependencies.keys()]).filter(
    target => !allows(rule.imports, target) && !allows(rule.dev, target)
  )
  return [
    ...wrongName,
    ...runtime.map(target => `${name} may not depend on ${target}`),
    ...dev.map(target => `${name} may not depend on ${target}, even for tests`)
  ]
}

function checkVersions(manifest: Manifest): readonly string[] {
  const all = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap(map => [...map])
  return all.flatMap(([name, version]) => {
    const wanted = name.startsWith('@sluice/') ? 'workspace:^' : 'catalog:'
    return version === wanted ? [] : [`depends on ${name} as ${version}; write ${wanted}`]
  })
}

function checkUse(manifest: Manifest, used: Used): readonly string[] {
  const runtime = [...manifest.dependencies.keys()].filter(name => !used.source.has(name))
  const dev = [...manifest.devDependencies.keys()].filter(name => !used.tests.has(name) && !used.source.has(name))
  return [
    ...runtime.map(name => `depends on ${name}, which src does not import`),
    ...dev.map(name => `depends on ${name} for development, which no test imports`)
  ]
}

interface Used {
  readonly source: Set<string>
  readonly tests: Set<string>
}

function usedBy(tree: Tree): ReadonlyMap<string, Used> {
  const used = new Map<string, Used>()
  for (const { place, source } of codeOf(tree)) {
    const entry = used.get(place.home) ?? { source: new Set<string>(), tests: new Set<string>() }
    used.set(place.home, entry)
    const names = [
      ...importsOf(tokenize(source)).map(found => packageName(found.specifier)),
      ...dataNames(place, source)
    ]
    for (const name of names) entry[place.kind === 'source' ? 'source' : 'tests'].add(name)
  }
  return used
}

/** A tool may use a package for the files in it, whose path it asks Node for; then its name stands in a string. */
function dataNames(place: Place, source: string): readonly string[] {
  if (!place.tool) return []
  const strings = tokenize(source).filter(token => token.kind === 'string')
  return strings.filter(token => /^@?[a-z][a-z0-9-]*(\/|$)/.test(token.text)).map(token => packageName(token.text))
}

function workspaceNames(names: readonly string[]): readonly string[] {
  return names.filter(name => name.startsWith('@sluice/')).map(name => name.slice('@sluice/'.length))
}
