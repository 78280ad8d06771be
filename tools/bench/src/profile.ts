// CPU profiles: takes one of the work alone, and names the functions that it was spent in.
import { readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}
interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The function returned ends it and writes the file, for the inspector of any browser. */
export async function startProfile(path: string): Promise<() => Promise<void>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    writeFileSync(path, JSON.stringify(profile))
    session.disconnect()
  }
}

export interface HotFunction {
  readonly name: string
  readonly place: string
  /** Of the time that was worked, from 0 to 1, without what it called. */
  readonly share: number
}

export function readProfile(path: string): CpuProfile {
  // The profiler wrote it.
  return JSON.parse(readFileSync(path, 'utf8')) as CpuProfile
}

/** Hottest first. */
export function hottest({ nodes, samples, timeDeltas }: CpuProfile, count: number): readonly HotFunction[] {
  const frames = new Map(nodes.map(node => [node.id, node.callFrame]))
  const spent = new Map<string, { name: string; place: string; us: number }>()
  let total = 0
  for (const [index, id] of samples.entries()) {
    const us = Math.max(0, timeDeltas[index] ?? 0)
    const frame = frames.get(id)
    // Waiting is not work, and what the profiler itself takes is not ours.
    if (frame === undefined || frame.functionName === '(idle)' || frame.url.startsWith('node:inspector')) continue
    total += us
    const place = placeOf(frame.url, frame.lineNumber)
    const name = frame.functionName || '(anonymous)'
    const entry = spent.get(`${name} ${place}`) ?? { name, place, us: 0 }
    entry.us += us
    spent.set(`${name} ${place}`, entry)
  }
  const sorted = [...spent.values()].toSorted((a, b) => b.us - a.us)
  return sorted.slice(0, count).map(({ name, place, us }) => ({ name, place, share: us / Math.max(1, total) }))
}

function placeOf(url: string, line: number): string {
  if (url === '') return ''
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  return `${path.replace(/^.*\/(packages|tools|node_modules)\//, '$1/')}:${line + 1}`
}
