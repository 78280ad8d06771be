// A hook of Node's module loader: a module asked for with `?first=N` gets relatives of its own, asked for likewise.
import type { ResolveHook } from 'node:module'

const mark = /\?first=\d+$/

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const found = await nextResolve(specifier, context)
  const [query] = mark.exec(context.parentURL ?? '') ?? []
  const isRelative = specifier.startsWith('.') && query !== undefined
  return isRelative ? { ...found, url: found.url + query } : found
}
