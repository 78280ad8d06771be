// The configuration of a topic as clients write it, under Kafka's names: what can be said, and what of it means something here.
import type { TopicConfig } from './topic.ts'

type Settings = Partial<TopicConfig>

/** What is wrong with a value; null: nothing. */
type Check = (value: string) => string | null

const int32Max = 2n ** 31n - 1n
const int64Max = 2n ** 63n - 1n

function whole(type: 'INT' | 'LONG', least?: number): Check {
  const most = type === 'INT' ? int32Max : int64Max
  return value => {
    const text = value.trim()
    const number = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : null
    if (number === null || number > most || number < -most - 1n) return `no number of type ${type}`
    return least !== undefined && number < least ? `below ${least}` : null
  }
}

const oneOf =
  (...values: readonly string[]): Check =>
  value =>
    values.includes(value) ? null : `not one of ${values.join(', ')}`

const flag: Check = value => (['true', 'false'].includes(value.trim().toLowerCase()) ? null : 'neither true nor false')

const policies: Check = value =>
  policiesOf(value).every(policy => ['compact', 'delete'].includes(policy)) ? null : 'not one of compact, delete'

const anything: Check = () => null

/** All that Kafka 4.3.1 knows. */
const checks: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    'cleanup.policy': policies,
    'compression.gzip.level': anything,
    'compression.lz4.level': anything,
    'compression.type': oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    'compression.zstd.level': anything,
    'delete.retention.ms': whole('LONG', 0),
    'file.delete.delay.ms': whole('LONG', 0),
    'flush.messages': whole('LONG', 1),
    'flush.ms': whole('LONG', 0),
    'follower.replication.throttled.replicas': anything,
    'index.interval.bytes': whole('INT', 0),
    'leader.replication.throttled.replicas': anything,
    'local.retention.bytes': whole('LONG', -2),
    'local.retention.ms': whole('LONG', -2),
    'max.compaction.lag.ms': whole('LONG', 1),
    'max.message.bytes': whole('INT', 0),
    'message.timestamp.after.max.ms': whole('LONG', 0),
    'message.timestamp.before.max.ms': whole('LONG', 0),
    'message.timestamp.type': oneOf('CreateTime', 'LogAppendTime'),
    'min.cleanable.dirty.ratio': anything,
    'min.compaction.lag.ms': whole('LONG', 0),
    'min.insync.replicas': whole('INT', 1),
    preallocate: flag,
    'remote.log.copy.disable': flag,
    'remote.log.delete.on.disable': flag,
    'remote.storage.enable': flag,
    'retention.bytes': whole('LONG'),
    'retention.ms': whole('LONG', -1),
    'segment.bytes': whole('INT'),
    'segment.index.bytes': whole('INT', 4),
    'segment.jitter.ms': whole('LONG', 0),
    'segment.ms': whole('LONG', 1),
    'unclean.leader.election.enable': flag
  })
)

export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
}

/** Why a broker does not take this configuration; null: it does. */
export function configProblem(entries: readonly ConfigEntry[]): string | null {
  for (const { name, value } of entries) {
    const check = checks.get(name)
    if (check === undefined) return `Topics have no setting ${name}`
    if (value === null) return `The setting ${name} needs a value`
    const problem = check(value)
    if (problem !== null) return `${name} cannot be ${value}: ${problem}`
  }
  return null
}

/** What means something here; the rest is accepted and forgotten. Of two values for one name the last counts. */
export function readConfigs(entries: readonly ConfigEntry[]): Settings {
  const given = new Map(entries.map(({ name, value }) => [name, value ?? '']))
  const settings: { -readonly [Name in keyof Settings]: Settings[Name] } = {}
  for (const [name, value] of given) {
    if (name === 'max.message.bytes') settings.maxMessageBytes = Number(value)
    if (name === 'min.insync.replicas') settings.minInsyncReplicas = Number(value)
    if (name === 'message.timestamp.before.max.ms') settings.timestampBeforeMaxMs = Number(value)
    if (name === 'message.timestamp.after.max.ms') settings.timestampAfterMaxMs = Number(value)
    if (name === 'cleanup.policy') settings.compacted = policiesOf(value).includes('compact')
    if (name === 'message.timestamp.type') settings.timestampType = value === 'LogAppendTime' ? 'append' : 'create'
  }
  return settings
}

function policiesOf(value: string): readonly string[] {
  return value.trim() === '' ? [] : value.split(',').map(policy => policy.trim())
}
