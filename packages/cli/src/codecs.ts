// Finds the codec that `--compression` names; only the one that is asked for is loaded.
import { reasonOf, type CompressionCodec } from '@sluice/core'
import { UsageError } from './shell.ts'

type Level = { readonly level?: number }

const codecs: ReadonlyMap<string, (level: Level) => Promise<CompressionCodec>> = new Map([
  ['gzip', async (level: Level) => (await import('@sluice/compression-gzip')).gzip(level)],
  ['lz4', async () => (await import('@sluice/compression-lz4')).lz4()],
  ['snappy', async () => (await import('@sluice/compression-snappy')).snappy()],
  ['zstd', async (level: Level) => (await import('@sluice/compression-zstd')).zstd(level)]
])
const withLevels = new Set(['gzip', 'zstd'])

/** @throws UsageError for a name or a level that there is not */
export async function codecOf(name: string, level: number | undefined): Promise<CompressionCodec | 'none'> {
  const codec = codecs.get(name)
  if (codec === undefined && name !== 'none') {
    throw new UsageError(`--compression is none, ${[...codecs.keys()].join(', ')}; not "${name}"`)
  }
  if (level !== undefined && !withLevels.has(name)) throw new UsageError(`--compression ${name} has no levels`)
  if (codec === undefined) return 'none'
  try {
    return await codec(level === undefined ? {} : { level })
  } catch (error) {
    throw new UsageError(`--compression ${name}: ${reasonOf(error)}`, { cause: error })
  }
}
