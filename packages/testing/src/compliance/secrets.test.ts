// Secrets are found wherever they can be read, and nowhere else.
import { describe, expect, it } from 'vitest'
import { whereShown } from './secrets.ts'

const secret = 'pässword "1"'

function where(value: unknown): string | null {
  return whereShown(value, [secret], 'it')
}

describe('secrets', () => {
  it('are found in text, escaped or encoded', () => {
    expect(where({ a: [{ b: `the ${secret}` }] })).toBe('.a.0.b of it')
    expect(where({ json: JSON.stringify({ secret }) })).toBe('.json of it')
    expect(where({ url: `?p=${encodeURIComponent(secret)}` })).toBe('.url of it')
    expect(where({ hex: Buffer.from(`x${secret}`).toString('hex') })).toBe('.hex of it')
    expect(where({ base64: `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}` })).toBe('.base64 of it')
  })

  it('are found behind symbols, in hidden properties, as keys and in functions', () => {
    expect(where({ [Symbol('s')]: secret })).toBe('.Symbol(s) of it')
    expect(where(Object.defineProperty({}, 'hidden', { value: secret, enumerable: false }))).toBe('.hidden of it')
    expect(where(new Map([[secret, 1]]))).toBe('<key> of it')
    expect(where(new Set([secret]))).toBe('<> of it')
    expect(where(Object.assign(() => null, { known: secret }))).toBe('.known of it')
    expect(where(new Error('no', { cause: { secret } }))).toBe('.cause.secret of it')
  })

  it('are not found in closures and private fields, nor where looking fails', () => {
    class Closed {
      readonly #secret = secret
      readonly self = this
      readonly cipher = (text: string): string => text + this.#secret
      get broken(): string {
        throw new Error('not now')
      }
    }
    expect(where(new Closed())).toBeNull()
    expect(where(new Map([[{}, new Map([[Object.create(null), null]])]]))).toBeNull()
    expect(where(null)).toBeNull()
  })
})
