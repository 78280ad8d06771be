// Finds what a file imports, in every way that TypeScript can say it.
import type { Token } from './tokens.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
}

/** `import … from 'x'`, `import 'x'`, `export … from 'x'`, `import('x')` as value or type, `require('x')` in its forms, `getBuiltinModule('x')`. */
export function importsOf(tokens: readonly Token[]): readonly Import[] {
  const found: Import[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'string' || !isSpecifier(tokens, index)) continue
    found.push({ specifier: token.text, line: token.line })
  }
  return found
}

function isSpecifier(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]
  const beforeThat = tokens[index - 2]
  if (before?.kind === 'word' && before.text === 'import') return true
  if (before?.kind === 'word' && before.text === 'from')
    return beforeThat?.text === '}' || startsStatement(tokens, index - 2)
  if (before?.text === '(' && beforeThat?.text === ')') return isMadeRequire(tokens, index - 2)
  if (before?.text !== '(' || beforeThat?.kind !== 'word') return false
  if (beforeThat.text === 'import') return true
  if (beforeThat.text === 'require' || beforeThat.text === 'getBuiltinModule') return true
  return beforeThat.text === 'resolve' && tokens[index - 4]?.text === 'meta'
}

/** `createRequire(import.meta.url)('x')`: whether the parenthesis at `index` closes that first call. */
function isMadeRequire(tokens: readonly Token[], index: number): boolean {
  const call = tokens.slice(Math.max(0, index - 7), index)
  return call.some(({ kind, text }) => kind === 'word' && text === 'createRequire')
}

/** Whether the words that end at `index` belong to an import or export: `import x`, `import * as x`, `export *`. */
function startsStatement(tokens: readonly Token[], index: number): boolean {
  for (let at = index; at >= 0 && at > index - 8; at--) {
    const text = tokens[at]?.text
    if (text === 'import' || text === 'export') return true
  }
  return false
}
