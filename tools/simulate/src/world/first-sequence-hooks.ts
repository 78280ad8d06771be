// Hooks of Node's module loader: a module asked for with `?first=N` gets relatives of its own, and counts sequences from N.

interface Resolved {
  readonly url: string
}
interface Loaded {
  readonly source?: string | ArrayBuffer | Uint8Array | null
}

const mark = /\?first=(\d+)$/
const counted = '(logical - epochBase)'

export async function resolve<Context extends { readonly parentURL?: string | undefined }, Result extends Resolved>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Result>
): Promise<Result> {
  const found = await next(specifier, context)
  const { parentURL = '' } = context
  const [query] = mark.exec(parentURL) ?? []
  const isRelative = specifier.startsWith('.') && query !== undefined
  return isRelative ? { ...found, url: found.url + query } : found
}

export async function load<Context, Result extends Loaded>(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Promise<Result>
): Promise<Result> {
  const loaded = await next(url, context)
  const [, first] = mark.exec(url) ?? []
  if (first === undefined || !url.includes('/sequence.js?')) return loaded
  const source = textOf(loaded.source ?? '')
  if (!source.includes(counted)) throw new Error(`${url} counts sequences in another way`)
  return { ...loaded, source: source.replace(counted, `(logical - epochBase + ${first})`) }
}

function textOf(source: string | ArrayBuffer | Uint8Array): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}
