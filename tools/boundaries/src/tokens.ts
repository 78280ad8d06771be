// Cuts TypeScript into tokens, so that what stands in a comment, a string or a regular expression is never taken for code.

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'regex' | 'mark'
  /** A string's text without its quotes; of a template only the parts outside `${}`. */
  readonly text: string
  readonly line: number
}

const wordStart = /[\p{L}_$#]/u
const wordPart = /[\p{L}\p{N}_$]/u
const digit = /[0-9]/
const beforeRegex = new Set(
  'return typeof case in of delete void throw new else do await yield instanceof extends default'.split(' ')
)

/** Reads from `at`, with the state that nested templates need. */
class Scanner {
  readonly tokens: Token[] = []
  readonly #source: string
  #at = 0
  #line = 1
  /** Depth of `{` at which each open `${` began. */
  readonly #templates: number[] = []
  #braces = 0

  constructor(source: string) {
    this.#source = source
  }

  run(): readonly Token[] {
    if (this.#source.startsWith('#!')) this.#skipTo('\n')
    while (this.#at < this.#source.length) this.#next()
    return this.tokens
  }

  #next(): void {
    const char = this.#source[this.#at] ?? ''
    const pair = this.#source.slice(this.#at, this.#at + 2)
    if (pair === '//') return this.#skipTo('\n')
    if (pair === '/*') return this.#skipTo('*/')
    if (char === '\n' || /\s/.test(char)) return this.#skip(1)
    if (char === "'" || char === '"') return this.#string(char)
    if (char === '`') return this.#template(1)
    if (char === '}' && this.#templates.at(-1) === this.#braces) return this.#endOfHole()
    if (wordStart.test(char)) return this.#word()
    if (digit.test(char)) return this.#push('number', /^[0-9a-zA-Z_.]+/.exec(this.#source.slice(this.#at))?.[0] ?? char)
    if (char === '/' && this.#regex()) return
    if (char === '{') this.#braces++
    if (char === '}') this.#braces--
    this.#push('mark', pair === '?.' || pair === '=>' ? pair : char)
  }

  #skip(count: number): void {
    for (const end = this.#at + count; this.#at < end; this.#at++) if (this.#source[this.#at] === '\n') this.#line++
  }

  #skipTo(end: string): void {
    const found = this.#source.indexOf(end, this.#at)
    this.#skip((found < 0 ? this.#source.length : found + end.length) - this.#at)
  }

  #push(kind: Token['kind'], raw: string, text: string = raw): void {
    this.tokens.push({ kind, text, line: this.#line })
    this.#skip(raw.length)
  }

  #word(): void {
    let end = this.#at + 1
    while (end < this.#source.length && wordPart.test(this.#source[end] ?? '')) end++
    this.#push('word', this.#source.slice(this.#at, end))
  }

  #string(quote: string): void {
    let end = this.#at + 1
    while (end < this.#source.length && this.#source[end] !== quote && this.#source[end] !== '\n') {
      end += this.#source[end] === '\\' ? 2 : 1
    }
    this.#push('string', this.#source.slice(this.#at, end + 1), this.#source.slice(this.#at + 1, end))
  }

  /** From an opening backquote or the end of a hole, up to the closing backquote or the next hole. */
  #template(skip: number): void {
    let end = this.#at + skip
    while (end < this.#source.length && this.#source[end] !== '`' && !this.#source.startsWith('${', end)) {
      end += this.#source[end] === '\\' ? 2 : 1
    }
    const hole = this.#source[end] === '$'
    const raw = this.#source.slice(this.#at, end + (hole ? 2 : 1))
    this.#push('string', raw, this.#source.slice(this.#at + skip, end))
    if (hole) this.#templates.push(this.#braces)
  }

  #endOfHole(): void {
    this.#templates.pop()
    this.#template(1)
  }

  /** A `/` begins a regular expression where a value may stand. False: it divides. */
  #regex(): boolean {
    const last = this.tokens.at(-1)
    if (last?.kind === 'number' || last?.kind === 'string' || last?.text === ')' || last?.text === ']') return false
    if (last?.kind === 'word' && !beforeRegex.has(last.text)) return false
    const found = /^\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(this.#source.slice(this.#at))
    if (found === null) return false
    this.#push('regex', found[0])
    return true
  }
}

export function tokenize(source: string): readonly Token[] {
  return new Scanner(source).run()
}
