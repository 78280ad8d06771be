// After close() a program ends by itself, whatever state its producer was in.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import { TestCluster } from '@sluice/testing'
import { BrokerProxy } from '../src/broker-proxy.ts'
import { closeTimeoutMs, deliveryTimeoutMs, type ExitPlan, type ExitTold } from '../src/exit-child.ts'

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafka()
  await kafka.createTopic('exit')
})

afterAll(async () => {
  await kafka.stop()
})

/** Node has to start, and the machine may be busy with other things. */
const slackMs = 2_500

const bounds = { force: slackMs, timeout: closeTimeoutMs + slackMs, patient: deliveryTimeoutMs + slackMs }
const closes = ['force', 'timeout', 'patient'] as const

interface Ended {
  readonly told: ExitTold
  /** From the end of its work to the end of the process. */
  readonly lingeredMs: number
  readonly code: number | null
}

const program = fileURLToPath(new URL('../dist/exit-child.js', import.meta.url))

async function run(plan: ExitPlan, whenWarm: () => Promise<void> = async () => undefined): Promise<Ended> {
  const child = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const watchdog = setTimeout(() => child.kill('SIGKILL'), 45_000)
  let told: ExitTold | null = null
  let toldMs = 0
  let text = ''
  child.stdin.on('error', () => undefined)
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      if (line === 'warm') void whenWarm().then(() => child.stdin.write('go\n'))
      else {
        told = JSON.parse(line) as ExitTold
        toldMs = performance.now()
      }
    }
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(watchdog)
  if (told === null) throw new Error('The program ended without telling anything')
  return { told, lingeredMs: performance.now() - toldMs, code }
}

const plain = (proxy: BrokerProxy, close: ExitPlan['close']): ExitPlan => ({
  bootstrapBrokers: [`127.0.0.1:${proxy.port}`],
  ports: { [String(kafka.brokers[0]!.ports.PLAINTEXT)]: proxy.port },
  topic: 'exit',
  sasl: false,
  warm: false,
  stayMs: 700,
  close
})

function expectGone({ told, lingeredMs, code }: Ended, close: 'force' | 'timeout' | 'patient'): void {
  expect(code).toBe(0)
  expect(told.resources).toEqual([])
  expect(told.listeners).toBe(0)
  expect(told.closedMs).toBeLessThan(bounds[close])
  expect(lingeredMs).toBeLessThan(slackMs)
}

/** A broker that answers so many times on each connection and is silent from then on. */
async function silentAfter(answers: number, port = kafka.brokers[0]!.ports.PLAINTEXT): Promise<BrokerProxy> {
  const proxy = await BrokerProxy.start(port)
  proxy.onLink = link => link.toClient.dropAfter(answers)
  return proxy
}

describe.each(closes)('a program that closes its producer (%s) ends by itself', close => {
  test('connecting', { timeout: 60_000 }, async () => {
    await using deaf = await Deaf.start()
    const plan = { bootstrapBrokers: [`127.0.0.1:${deaf.port}`], ports: {}, topic: 'exit', sasl: false, warm: false }
    const ended = await run({ ...plan, stayMs: 700, close })
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })

  test.each([
    ['negotiating', 0],
    ['waiting for metadata', 1]
  ])('%s', { timeout: 60_000 }, async (_state, answers) => {
    const proxy = await silentAfter(answers)
    const ended = await run(plain(proxy, close))
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })

  test('two answers into each connection', { timeout: 60_000 }, async () => {
    const proxy = await silentAfter(2)
    const ended = await run(plain(proxy, close))
    await proxy.stop()
    expectGone(ended, close)
    // On three connections, one after the other, the record may even come through.
    expect(ended.told.outcome).toMatch(/^(not-persisted|unknown|acked)$/)
  })

  test('authenticating', { timeout: 60_000 }, async () => {
    const proxy = await silentAfter(2, kafka.brokers[0]!.ports.SASL_PLAINTEXT)
    const ended = await run({ ...plain(proxy, close), sasl: true })
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })

  test('waiting for a topic that does not exist', { timeout: 60_000 }, async () => {
    const proxy = await BrokerProxy.start(kafka.brokers[0]!.ports.PLAINTEXT)
    const ended = await run({ ...plain(proxy, close), topic: 'no-such-topic' })
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })

  test('with a record in flight', { timeout: 60_000 }, async () => {
    const proxy = await BrokerProxy.start(kafka.brokers[0]!.ports.PLAINTEXT)
    const ended = await run({ ...plain(proxy, close), warm: true }, async () => {
      proxy.onLink = link => link.toClient.drop()
      for (const link of proxy.links) link.toClient.drop()
    })
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('unknown')
  })

  test('with the broker paused', { timeout: 60_000 }, async () => {
    const proxy = await BrokerProxy.start(kafka.brokers[0]!.ports.PLAINTEXT)
    const ended = await run({ ...plain(proxy, close), warm: true }, () => kafka.pause(1))
    await kafka.resume(1)
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('unknown')
  })

  test('with every connection refused', { timeout: 60_000 }, async () => {
    const proxy = await BrokerProxy.start(kafka.brokers[0]!.ports.PLAINTEXT)
    const ended = await run({ ...plain(proxy, close), warm: true }, async () => {
      proxy.refuse(true)
      for (const link of proxy.links) link.reset()
      // So that it has noticed.
      await sleep(200)
    })
    await proxy.stop()
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })

  test('throttled', { timeout: 60_000 }, async () => {
    await using cluster = await TestCluster.start({ topics: { exit: 1 } })
    const [{ host, port } = { host: '', port: 0 }] = cluster.clientOptions().bootstrapBrokers
    cluster.throttle(60_000)
    const plan = { bootstrapBrokers: [`${host}:${port}`], ports: {}, topic: 'exit', sasl: false, warm: true }
    const ended = await run({ ...plan, stayMs: 700, close })
    expectGone(ended, close)
    expect(ended.told.outcome).toBe('not-persisted')
  })
})

test('a program that never closes its producer ends when everything is settled', { timeout: 60_000 }, async () => {
  const proxy = await BrokerProxy.start(kafka.brokers[0]!.ports.PLAINTEXT)
  const ended = await run({ ...plain(proxy, 'never'), warm: true })
  await proxy.stop()
  expect(ended.code).toBe(0)
  expect(ended.told.outcome).toBe('acked')
  expect(ended.lingeredMs).toBeLessThan(slackMs)
})

/** A port at which connecting never ends: its owner is stopped, and its queue is full. */
class Deaf implements AsyncDisposable {
  readonly port: number
  readonly #kill: () => void
  readonly #fillers: readonly Socket[]

  private constructor(port: number, kill: () => void, fillers: readonly Socket[]) {
    this.port = port
    this.#kill = kill
    this.#fillers = fillers
  }

  static async start(): Promise<Deaf> {
    const script = `const s = require('net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
    const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string]
    owner.kill('SIGSTOP')
    const port = Number(line)
    const fillers: Socket[] = []
    for (let connected = true; connected && fillers.length < 20;) {
      const socket = connect({ host: '127.0.0.1', port })
      socket.on('error', () => undefined)
      fillers.push(socket)
      connected = await Promise.race([once(socket, 'connect').then(() => true), sleep(300).then(() => false)])
    }
    return new Deaf(port, () => void owner.kill('SIGKILL'), fillers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#fillers) socket.destroy()
    this.#kill()
  }
}
