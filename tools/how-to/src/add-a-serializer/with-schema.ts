// JSON behind the number of its schema, which a registry gives: a serializer that must fetch something first.
import { SerializationError, type SerializeContext, type Serializer } from '@sluice/core'

export type FindSchema = (subject: string) => Promise<number>

export function withSchema<T>(findSchema: FindSchema): Serializer<T> {
  const ids = new Map<string, number>()
  return Object.assign(
    (value: T, context: SerializeContext): Uint8Array => {
      const id = ids.get(subjectOf(context))
      if (id === undefined) throw new SerializationError(`No schema is known for ${subjectOf(context)}`)
      const text = JSON.stringify(value)
      const bytes = Buffer.allocUnsafe(5 + Buffer.byteLength(text))
      bytes.writeUInt8(0)
      bytes.writeInt32BE(id, 1)
      bytes.write(text, 5)
      return bytes
    },
    {
      // Awaited once per topic and field. Until then the topic's messages wait, in order.
      async prepare(context: SerializeContext): Promise<void> {
        ids.set(subjectOf(context), await findSchema(subjectOf(context)))
      }
    }
  )
}

function subjectOf({ topic, part }: SerializeContext): string {
  return `${topic}-${part}`
}
