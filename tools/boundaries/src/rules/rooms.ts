// How a room looks from outside: a name that says something, a first sentence, named exports, no reach into other packages.
import { importsOf } from '../imports.ts'
import { resolve } from '../manifests.ts'
import { codeOf, type Place } from '../places.ts'
import { tokenize, type Token } from '../tokens.ts'
import type { Tree, Violation } from '../tree.ts'

export function checkRooms(tree: Tree): readonly Violation[] {
  return codeOf(tree).flatMap(({ place, source }) => {
    const tokens = tokenize(source)
    const complain = (line: number, text: string): Violation => ({ rule: 'rooms', file: place.path, line, text })
    return [
      ...(saysNothing.test(place.path) ? [complain(0, 'a room is named after its job')] : []),
      ...(place.kind === 'source' && !hasFirstSentence(source) ? [complain(1, firstSentence)] : []),
      ...exportsOf(tokens).map(([line, text]) => complain(line, text)),
      ...reaches(place, tokens).map(([line, text]) => complain(line, text))
    ]
  })
}

const saysNothing = /(^|\/)(utils?|helpers?|common|misc)(\.test)?(\.ts|\/)/
const firstSentence = 'the first line is a comment that says what the room is for'

function hasFirstSentence(source: string): boolean {
  const [first = '', second = ''] = source.split('\n', 2)
  return /^\/[/*]+ ?\S/.test(first.startsWith('#!') ? second : first)
}

function exportsOf(tokens: readonly Token[]): readonly [line: number, text: string][] {
  return tokens.flatMap(({ kind, text, line }, index): [number, string][] => {
    if (kind !== 'word' || text !== 'export') return []
    const next = tokens[index + 1]?.text
    if (next === 'default') return [[line, 'export default: exports have names']]
    return next === '*' ? [[line, 'export *: exports are listed']] : []
  })
}

function reaches(place: Place, tokens: readonly Token[]): readonly [line: number, text: string][] {
  return importsOf(tokens).flatMap(({ specifier, line }): [number, string][] => {
    if (!specifier.startsWith('.')) return []
    const target = resolve(place.path, specifier)
    if (!target.startsWith(`${place.home}/`)) return [[line, `${specifier}: another package is imported by its name`]]
    if (place.kind === 'source' && /(\.test\.ts|\/test\/)/.test(target.slice(place.home.length))) {
      return [[line, `${specifier}: source does not import tests`]]
    }
    return /\.(ts|json)$/.test(specifier) ? [] : [[line, `${specifier}: a relative import carries .ts`]]
  })
}
