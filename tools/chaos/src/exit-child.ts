// A program that sends one record in some state of the cluster, closes its producer, and must end by itself.
import { getEventListeners } from 'node:events'
import { Producer } from '@sluice/producer'

/** The program's only argument, as JSON. */
export interface ExitPlan {
  readonly bootstrapBrokers: readonly string[]
  /** By advertised port: the one to go to instead. */
  readonly ports: Readonly<Record<string, number>>
  readonly topic: string
  readonly sasl: boolean
  /** First a record that is acknowledged; then the program waits for a line on its standard input. */
  readonly warm: boolean
  /** From the send to the close. */
  readonly stayMs: number
  /** `never`: it is not closed at all. */
  readonly close: 'force' | 'timeout' | 'patient' | 'never'
}

export interface ExitTold {
  readonly outcome: string
  /** How long `close` took. */
  readonly closedMs: number
  /** What Node still counted when all was closed. */
  readonly resources: readonly string[]
  /** Who still listens to the signal that the send was given. */
  readonly listeners: number
}

export const closeTimeoutMs = 500
export const deliveryTimeoutMs = 3_000

const closeOptions = { force: { force: true }, timeout: { timeout: closeTimeoutMs }, patient: {} } as const

/** Standard output and error. */
const standard: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'FSReqCallback', 'CloseReq'])

async function main(plan: ExitPlan): Promise<void> {
  const { topic, bootstrapBrokers, ports, sasl } = plan
  const producer = new Producer({
    bootstrapBrokers: [...bootstrapBrokers],
    mapAddress: ({ host, port }) => ({ host, port: ports[String(port)] ?? port }),
    deliveryTimeout: deliveryTimeoutMs,
    requestTimeout: 2_000,
    bufferTimeout: deliveryTimeoutMs,
    ...(sasl ? { sasl: { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' } as const } : {})
  })
  if (plan.warm) {
    // With much time: the machine may be slow, and this one is to succeed.
    await producer.send({ messages: [{ topic, value: 'warm' }], deliveryTimeout: 30_000 })
    process.stdout.write('warm\n')
    await new Promise(resolve => process.stdin.once('data', resolve))
  }
  process.stdin.destroy()
  let outcome = 'none'
  const { signal } = new AbortController()
  const settled = producer.send({ messages: [{ topic, value: 'last' }], signal }).then(
    () => (outcome = 'acked'),
    (error: unknown) => (outcome = error instanceof Error && 'outcome' in error ? String(error.outcome) : String(error))
  )
  await new Promise(resolve => setTimeout(resolve, plan.stayMs))
  const startedMs = performance.now()
  if (plan.close !== 'never') await producer.close(closeOptions[plan.close])
  await settled
  const closedMs = performance.now() - startedMs
  await new Promise(resolve => setTimeout(resolve, 50))
  const resources = process.getActiveResourcesInfo().filter(name => !standard.has(name))
  const told: ExitTold = { outcome, closedMs, resources, listeners: getEventListeners(signal, 'abort').length }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

if (process.argv[2] !== undefined) await main(JSON.parse(process.argv[2]) as ExitPlan)
