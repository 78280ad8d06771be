// Every import goes down the graph, through an entry point, and is declared by the package that makes it.
import { allows, doors, graph, hermits } from '../graph.ts'
import { importsOf, type Import } from '../imports.ts'
import { manifestOf, runtimeNames, type Manifest } from '../manifests.ts'
import { codeOf, isIn, type Place } from '../places.ts'
import { tokenize } from '../tokens.ts'
import type { Tree, Violation } from '../tree.ts'

export function checkImports(tree: Tree): readonly Violation[] {
  const root = manifestOf(tree, '')
  return codeOf(tree).flatMap(({ place, source }) =>
    importsOf(tokenize(source)).flatMap(found => {
      const text = judge(tree, place, found, root)
      return text === null ? [] : [{ rule: 'graph', file: place.path, line: found.line, text }]
    })
  )
}

/** What is wrong with an import of a package, or null. Relative ones and Node's own modules are other rules' business. */
function judge(tree: Tree, place: Place, { specifier }: Import, root: Manifest | null): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null
  const name = packageName(specifier)
  const own = manifestOf(tree, place.home)
  if (own === null) return `${place.home} has no package.json`
  if (specifier.startsWith('@sluice/')) return judgeWorkspace(tree, place, specifier, own)
  if (place.kind === 'source') {
    if (!runtimeNames(own).includes(name)) return `imports ${name}, which ${own.path} does not list in dependencies`
    if (!place.tool && !allows(ruleFor(place).libraries, name)) return `${place.name} may not use the library ${name}`
    return null
  }
  const declared = [...runtimeNames(own), ...own.devDependencies.keys(), ...(root?.devDependencies.keys() ?? [])]
  return declared.includes(name) ? null : `imports ${name}, which no package.json declares for it`
}

function judgeWorkspace(tree: Tree, place: Place, specifier: string, own: Manifest): string | null {
  const name = packageName(specifier)
  if (name === own.name) return place.kind === 'source' ? `imports its own package by name; use a relative path` : null
  if (isIn(place.path, hermits)) return `imports ${name}; what is judged here is not used here`
  const target = name.slice('@sluice/'.length)
  const manifest = manifestOf(tree, `packages/${target}`) ?? manifestOf(tree, `tools/${target}`)
  if (manifest === null) return `imports ${name}, which does not exist`
  if (!manifest.entries.includes(specifier)) return `${specifier} is not an entry point of ${name}`
  const guests = doors.get(specifier)
  if (guests !== undefined && !place.tool && !guests.includes(place.home)) {
    return `${specifier} is open to ${guests.join(', ')} only`
  }
  if (!place.tool && !mayImport(place, target)) return `${place.name} ${verb(place)} import ${target}`
  const declared = place.kind === 'source' ? runtimeNames(own) : [...runtimeNames(own), ...own.devDependencies.keys()]
  return declared.includes(name) ? null : `imports ${name}, which ${own.path} does not list`
}

function mayImport(place: Place, target: string): boolean {
  const { imports, dev } = ruleFor(place)
  return allows(imports, target) || (place.kind !== 'source' && allows(dev, target))
}

const ruleFor = (place: Place): { imports: readonly string[]; dev: readonly string[]; libraries: readonly string[] } =>
  graph.get(place.name) ?? { imports: [], dev: [], libraries: [] }

const verb = (place: Place): string => (place.kind === 'source' ? 'may not' : 'may not, even in tests,')

export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
