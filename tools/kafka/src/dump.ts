// Reads what DumpLogSegments prints: the batches as they lie on the broker's disk.

export interface DumpedBatch {
  readonly partition: number
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly count: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly partitionLeaderEpoch: number
  readonly transactional: boolean
  readonly control: boolean
  /** Bytes of the batch on disk. */
  readonly size: number
  readonly magic: number
  /** `none`, `gzip`, `snappy`, `lz4` or `zstd`. */
  readonly compression: string
  /** Unsigned. */
  readonly crc: number
  /** What Kafka found when it computed the checksum again. */
  readonly valid: boolean
  readonly records: readonly DumpedRecord[]
}

export interface DumpedRecord {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly sequence: number
  /** Names only. */
  readonly headerKeys: readonly string[]
  /** As text; null when the record has none. */
  readonly key: string | null
  readonly value: string | null
}

/** Batches in the order of the dump. Lines of other kinds are passed over. */
export function parseDump(text: string, partition: number): DumpedBatch[] {
  const batches: DumpedBatch[] = []
  let records: DumpedRecord[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('baseOffset:')) {
      records = []
      batches.push(batchOf(fieldsOf(line), partition, records))
    } else if (line.startsWith('| offset:')) {
      records.push(recordOf(line))
    }
  }
  return batches
}

type Fields = Readonly<Record<string, string>>

/** `name: value name: value ...`, where no value of a batch has a space in it. */
function fieldsOf(line: string): Fields {
  return Object.fromEntries([...line.matchAll(/(\w+): (\S+)/g)].map(match => [match[1] ?? '', match[2] ?? '']))
}

function batchOf(fields: Fields, partition: number, records: readonly DumpedRecord[]): DumpedBatch {
  const big = (name: string): bigint => BigInt(fields[name] ?? '-1')
  const number = (name: string): number => Number(fields[name] ?? '-1')
  const yes = (name: string): boolean => fields[name] === 'true'
  return {
    partition,
    baseOffset: big('baseOffset'),
    lastOffset: big('lastOffset'),
    count: number('count'),
    baseSequence: number('baseSequence'),
    lastSequence: number('lastSequence'),
    producerId: big('producerId'),
    producerEpoch: number('producerEpoch'),
    partitionLeaderEpoch: number('partitionLeaderEpoch'),
    transactional: yes('isTransactional'),
    control: yes('isControl'),
    size: number('size'),
    magic: number('magic'),
    compression: (fields['compresscodec'] ?? 'none').toLowerCase(),
    crc: number('crc'),
    valid: yes('isvalid'),
    records
  }
}

/** Key and payload come last and may hold anything but a line end; `keySize` and `valueSize` are -1 where there is none. */
function recordOf(line: string): DumpedRecord {
  const at = line.search(/ key: | payload: /)
  const fields = fieldsOf(at < 0 ? line : line.slice(0, at))
  const [, key, value] = /(?: key: (.*?))?(?: payload: (.*))?$/.exec(at < 0 ? '' : line.slice(at)) ?? []
  return {
    offset: BigInt(fields['offset'] ?? '-1'),
    timestamp: BigInt(fields['CreateTime'] ?? fields['LogAppendTime'] ?? '-1'),
    sequence: Number(fields['sequence'] ?? '-1'),
    headerKeys:
      /headerKeys: \[([^\]]*)\]/
        .exec(line)?.[1]
        ?.split(',')
        .filter(name => name !== '') ?? [],
    key: fields['keySize'] === '-1' ? null : (key ?? ''),
    value: fields['valueSize'] === '-1' ? null : (value ?? '')
  }
}
