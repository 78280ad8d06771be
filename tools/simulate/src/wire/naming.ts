// What a record says of itself in its value, so that whoever finds it knows where it belongs.

export interface RecordName {
  readonly number: number
  readonly topic: string
  /** -1: the partitioner chose. */
  readonly partition: number
}

/** `number|topic|partition|`, then filling up to the length wanted. */
export function valueOf(name: RecordName, bytes: number): string {
  const head = `${name.number}|${name.topic}|${name.partition}|`
  // The filling depends on the record, so that bytes of one are not mistaken for another's.
  return head.padEnd(bytes, `${(name.number * 7919) % 1000}.`)
}

/** -1 for a value that is not ours. A record without a value of its own carries its name as key. */
export function numberOf(value: string | null, key: string | null = null): number {
  const text = named(value, key)
  const bar = text.indexOf('|')
  return bar > 0 ? Number(text.slice(0, bar)) : -1
}

export function nameIn(value: string | null, key: string | null = null): RecordName | null {
  const [number, topic, partition] = named(value, key).split('|', 3)
  if (number === undefined || topic === undefined || partition === undefined) return null
  return { number: Number(number), topic, partition: Number(partition) }
}

function named(value: string | null, key: string | null): string {
  return value === null || value === '' ? (key ?? '') : value
}
