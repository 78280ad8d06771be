// Changes compiled files while they are loaded. Its own address says how, so that each registration is a hook of its own.
import type { LoadHook } from 'node:module'
import { changed, type Change } from './change.ts'

// `plantIn` has put them there.
const changes = JSON.parse(decodeURIComponent(new URL(import.meta.url).search.slice(1))) as readonly Change[]

/** @throws Error when a place is not there exactly once */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context)
  const [path] = url.split('?', 1)
  const wanted = changes.filter(({ file }) => path!.endsWith(`/${file}`))
  if (wanted.length === 0) return loaded
  const source = wanted.reduce((text, change) => changed(change, text), textOf(loaded.source))
  return { ...loaded, source }
}

function textOf(source: Awaited<ReturnType<LoadHook>>['source']): string {
  if (typeof source === 'string') return source
  return source === undefined ? '' : Buffer.from(source as Uint8Array).toString('utf8')
}
