// @platformatic/kafka.
import type { BenchClient, Task } from '../client-contract.ts'
import { certificateOf } from './certificate.ts'
import { asTextOrBytes, contentOf, headersOf } from './content.ts'
import { importPeer, peerVersion } from './modules.ts'

interface PlatformaticProducer {
  send(options: object): Promise<unknown>
  close(): Promise<void>
}
interface Platformatic {
  readonly Producer: new (options: object) => PlatformaticProducer
  readonly stringSerializers: object
  readonly jsonSerializer: unknown
}

export async function connectPlatformatic(task: Task): Promise<BenchClient> {
  const { brokers, cell, topic, modules } = task
  const name = '@platformatic/kafka'
  // What the package exports.
  const library = (await importPeer(modules, `${name}/dist/index.js`)) as Platformatic
  const ca = certificateOf(task.certificate)
  const producer = new library.Producer({
    clientId: 'bench',
    bootstrapBrokers: [...brokers],
    acks: cell.acks,
    idempotent: cell.idempotent,
    compression: cell.codec,
    ...(ca !== null && { tls: { ca } }),
    ...(cell.values !== 'bytes' && { serializers: library.stringSerializers })
  })
  const headers = headersOf(cell)
  const more = headers === undefined ? {} : { headers }
  return {
    version: peerVersion(modules, name),
    prepare: messages => {
      const given = messages.map(message => ({ topic, ...contentOf(cell, message), ...more }))
      if (cell.values !== 'json') return () => producer.send({ messages: given })
      return () => {
        const texts = given.map(({ key, value }) => ({ topic, key, value: asTextOrBytes(cell, value), ...more }))
        return producer.send({ messages: texts })
      }
    },
    close: () => producer.close()
  }
}
