// Sockets, cryptography, compression, time and chance are used in the rooms that are theirs and nowhere else.
import { exceptions, homes, words, type Home } from '../graph.ts'
import { importsOf } from '../imports.ts'
import { codeOf, isIn, type Place } from '../places.ts'
import { tokenize, type Token } from '../tokens.ts'
import type { Tree, Violation } from '../tree.ts'

export function checkHomes(tree: Tree): readonly Violation[] {
  return codeOf(tree).flatMap(({ place, source }) => {
    if (place.tool || place.kind === 'kafka test') return []
    const tokens = tokenize(source)
    return [...(place.kind === 'source' ? checkModules(place, tokens) : []), ...checkWords(place, tokens)]
  })
}

function checkModules(place: Place, tokens: readonly Token[]): readonly Violation[] {
  return importsOf(tokens).flatMap(({ specifier, line }) => {
    const home = homes.find(candidate => named(candidate, specifier))
    if (home === undefined || isIn(place.path, home.rooms)) return []
    const text = `${specifier}: ${home.subject} are used in ${home.rooms.join(', ')} only`
    return [{ rule: 'homes', file: place.path, line, text }]
  })
}

const named = (home: Home, specifier: string): boolean =>
  home.modules.includes(specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier)

/** In tests, what waits, what tells the time, and chance: a test that waits for a timer is a bug. The rest is free there. */
function checkWords(place: Place, tokens: readonly Token[]): readonly Violation[] {
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || !isGlobal(tokens, index)) return []
    const word = wholeWord(tokens, index)
    const rule = words.find(({ pattern }) => pattern.test(word))
    if (rule === undefined || isIn(place.path, [...rule.rooms, ...rule.rooms.map(testOf)])) return []
    if (place.kind === 'test' && !forbiddenInTests(word, rule.subject)) return []
    if (exceptions.some(known => known.words.includes(word) && isIn(place.path, [known.room]))) return []
    const text = `${word}: ${rule.subject} only in ${rule.rooms.join(', ')}`
    return [{ rule: 'homes', file: place.path, line: token.line, text }]
  })
}

function forbiddenInTests(word: string, subject: string): boolean {
  return ['setTimeout', 'setInterval'].includes(word) || subject === 'time' || subject === 'chance'
}

const testOf = (room: string): string => room.replace(/\.ts$/, '.test.ts')

/** Not a member of something else, and not the name of a member that is being declared. */
function isGlobal(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text
  const after = tokens[index + 1]?.text
  if (before === '.' || before === '?.') return tokens[index - 2]?.text === 'globalThis'
  return after !== ':' || before === '?'
}

/** The word with the member that is taken of it, where the rules know such a pair; `new Date()` only without arguments. */
function wholeWord(tokens: readonly Token[], index: number): string {
  const word = tokens[index]?.text ?? ''
  const next = tokens[index + 1]?.text
  if (word === 'Date' && tokens[index - 1]?.text === 'new') {
    return next !== '(' || tokens[index + 2]?.text === ')' ? 'new Date()' : word
  }
  const pairs = word === 'Date' || word === 'Math' || word === 'process'
  return pairs && next === '.' ? `${word}.${tokens[index + 2]?.text}` : word
}
