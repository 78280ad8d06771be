// The compliance suite of transports.
import { isKafkaError } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, claimSameBytes, shown } from './claims.ts'
import { noiseBytes } from './samples.ts'
import { Recorder, Stage, type Link, type TransportSetup } from './transport-stage.ts'

const frameBytes = 16_384
const megabyte = 1_048_576
/** A transport that takes more than this without saying that it is full has no back-pressure. */
const mostUnread = 16 * megabyte
/** In frames of a megabyte: no two kernels keep more for one connection. */
const mostUnderWay = 256

type Act = (stage: Stage) => Promise<void>

function onStage(act: Act): (setup: TransportSetup) => Promise<void> {
  return async setup => {
    const stage = await Stage.open(setup)
    try {
      await act(stage)
    } finally {
      await stage.close()
    }
  }
}

const opens = onStage(async stage => {
  const client = new Recorder()
  let inside = true
  let early = false
  client.watch = () => {
    early ||= inside
  }
  stage.connect(client)
  inside = false
  await stage.until(() => client.opens > 0, 'it opens')
  claim(!early, 'An event came before connect had returned')
})

/** Frame after frame, each when the one before it is flushed. */
function pour(write: (segments: readonly Uint8Array[], onFlushed: () => void) => boolean, bytes: Uint8Array): void {
  const next = (at: number): void => {
    if (at < bytes.length) write([bytes.subarray(at, at + frameBytes)], () => next(at + frameBytes))
  }
  next(0)
}

const carriesBytes = onStage(async stage => {
  const { client, stream, server, peer } = await stage.link()
  const there = noiseBytes(megabyte, 1)
  const back = noiseBytes(megabyte, 2)
  pour((segments, onFlushed) => stream.write(segments, onFlushed), there)
  pour((segments, onFlushed) => peer.write(segments, onFlushed), back)
  await stage.until(() => server.receivedBytes >= megabyte, 'a megabyte has arrived')
  await stage.until(() => client.receivedBytes >= megabyte, 'a megabyte has come back')
  claimSameBytes(server.received, there, 'What arrived')
  claimSameBytes(client.received, back, 'What came back')
})

const keepsSegmentsInOrder = onStage(async stage => {
  const { stream, server } = await stage.link()
  const bytes = noiseBytes(20_000)
  const segments: Uint8Array[] = []
  for (let at = 0, length = 0; at < bytes.length; at += length, length = (length + 7) % 50) {
    segments.push(bytes.subarray(at, at + length))
  }
  stream.write(segments, () => undefined)
  await stage.until(() => server.receivedBytes >= bytes.length, 'a frame of many segments has arrived')
  claimSameBytes(server.received, bytes, `A frame of ${segments.length} segments`)
})

const tellsOfFrames = onStage(async stage => {
  const { stream, server } = await stage.link()
  const flushed: number[] = []
  const frames = 50
  for (let frame = 0; frame < frames; frame++) stream.write([noiseBytes(1000)], () => flushed.push(frame))
  await stage.until(() => server.receivedBytes >= frames * 1000 && flushed.length >= frames, 'all frames are flushed')
  await stage.settle()
  claimEqual(flushed.length, frames, `The number of times that onFlushed was called for ${frames} frames`)
  claim(
    flushed.every((frame, at) => frame === at),
    `Frames were flushed in the order ${flushed.join(', ')}`
  )
})

const letsGo = onStage(async stage => {
  const { stream, server } = await stage.link()
  const bytes = noiseBytes(megabyte)
  const memory = Buffer.alloc(frameBytes)
  const next = (at: number): void => {
    memory.set(bytes.subarray(at, at + frameBytes))
    stream.write([memory], () => {
      memory.fill(0)
      if (at + frameBytes < bytes.length) next(at + frameBytes)
    })
  }
  next(0)
  await stage.until(() => server.receivedBytes >= megabyte, 'a megabyte has arrived')
  claimSameBytes(server.received, bytes, 'What was written from the same memory again and again')
})

/** Writes until it says that it is full. */
function fill({ stream }: Link, onFlushed: () => void): number {
  let bytes = 0
  let room = true
  while (room) {
    claim(bytes < mostUnread, `It took ${bytes} bytes that nobody read, and says that it has room for more`)
    room = stream.write([noiseBytes(frameBytes)], onFlushed)
    bytes += frameBytes
  }
  return bytes
}

const tellsWhenFull = onStage(async stage => {
  const link = await stage.link()
  link.peer.pause()
  const bytes = fill(link, () => undefined)
  await stage.settle()
  link.peer.resume()
  await stage.until(() => link.client.drains > 0, 'it has room again')
  await stage.until(() => link.server.receivedBytes >= bytes, 'all that was taken has arrived')
  claimEqual(link.server.receivedBytes, bytes, 'The number of bytes that arrived')
})

const closesWithPeer = onStage(async stage => {
  const { client, peer } = await stage.link()
  const events: string[] = []
  client.watch = event => events.push(event)
  const words = noiseBytes(5000)
  peer.write([words], () => undefined)
  peer.end()
  await stage.until(() => client.closes.length > 0, 'it sees that the peer has closed')
  await stage.settle()
  claimSameBytes(client.received, words, 'The last words of the peer')
  claimEqual(client.closes.length, 1, 'The number of times that onClose was called')
  claimEqual(events.at(-1), 'close', 'The last event')
})

// Story: the last bytes of a TLS handshake and a reset arrive together. libuv hands over the bytes, sees that the other side is
// gone, and reports a plain end. So the reset comes when nothing else is under way: the peer's words are the last that was.
const tellsOfReset = onStage(async stage => {
  const { client, peer } = await stage.link()
  const words = noiseBytes(10)
  peer.write([words], () => undefined)
  await stage.until(() => client.receivedBytes === words.length, "the peer's words have arrived")
  peer.reset()
  await stage.until(() => client.closes.length > 0, 'it sees that the peer has reset the connection')
  claim(client.closes[0] instanceof Error, `The cause of a reset is ${shown(client.closes[0])}, not an Error`)
})

const closesOnce = onStage(async stage => {
  const { client, stream, server } = await stage.link()
  const cause = new Error('enough')
  stream.destroy(cause)
  stream.destroy()
  await stage.until(() => client.closes.length > 0 && server.closes.length > 0, 'both ends are closed')
  stream.destroy(new Error('again'))
  await stage.settle()
  claimEqual(client.closes.length, 1, 'The number of times that onClose was called')
  claimEqual(client.closes[0], cause, 'The cause of onClose')
})

const isSilentOnceDestroyed = onStage(async stage => {
  const { client, stream, peer } = await stage.link()
  let destroyed = false
  const late: string[] = []
  client.watch = event => {
    if (destroyed && event !== 'close') late.push(event)
    if (event !== 'data' || destroyed) return
    destroyed = true
    stream.destroy()
  }
  for (let frame = 0; frame < 40; frame++) peer.write([noiseBytes(frameBytes)], () => undefined)
  await stage.until(() => client.closes.length > 0, 'it has closed')
  await stage.settle()
  claim(late.length === 0, `After destroy it told of ${late.join(', ')}`)
})

const failsWhereNobodyListens = onStage(async stage => {
  await stage.stopListening()
  const client = new Recorder()
  stage.connect(client)
  await stage.until(() => client.closes.length > 0, 'it has failed to connect')
  claimEqual(client.opens, 0, 'The number of times that onOpen was called where nobody listens')
  claim(client.closes[0] instanceof Error, `The cause is ${shown(client.closes[0])}, not an Error`)
})

const takesLateWrites = onStage(async stage => {
  const { client, stream, peer } = await stage.link()
  peer.end()
  await stage.until(() => client.closes.length > 0, 'it has closed')
  let flushed = 0
  stream.write([noiseBytes(100)], () => flushed++)
  await stage.settle()
  claimEqual(flushed, 0, 'The number of times that onFlushed was called after onClose')
})

const claimsNoLostFrames = onStage(async stage => {
  const { client, stream, peer } = await stage.link()
  peer.pause()
  const frame = new Uint8Array(64 * frameBytes)
  let written = 0
  let flushed = 0
  // More and more, until what lies between the two ends is full.
  while (flushed === written) {
    claim(written < mostUnderWay, `It called ${written} frames of ${frame.length} bytes flushed that nobody had read`)
    for (let count = 0; count < 4; count++, written++) stream.write([frame], () => flushed++)
    await stage.settle()
  }
  const before = flushed
  stream.destroy()
  await stage.until(() => client.closes.length > 0, 'it has closed')
  await stage.settle()
  claimEqual(flushed, before, `The number of frames called flushed, of ${written}, when it closed`)
})

const keepsConnectionsApart = onStage(async stage => {
  const first = await stage.link()
  const second = await stage.link()
  for (const [link, seed] of [
    [first, 1],
    [second, 2],
    [first, 3],
    [second, 4]
  ] as const) {
    link.stream.write([noiseBytes(3000, seed)], () => undefined)
    link.peer.write([noiseBytes(3000, seed)], () => undefined)
  }
  for (const [link, seeds] of [
    [first, [1, 3]],
    [second, [2, 4]]
  ] as const) {
    const expected = Buffer.concat(seeds.map(seed => noiseBytes(3000, seed)))
    const { server, client } = link
    await stage.until(
      () => server.receivedBytes >= 6000 && client.receivedBytes >= 6000,
      'two connections have their bytes'
    )
    claimSameBytes(server.received, expected, 'What one of two connections sent')
    claimSameBytes(client.received, expected, 'What one of two connections received')
  }
})

const survivesEarlyDestroy = onStage(async stage => {
  const client = new Recorder()
  const stream = stage.connect(client)
  stream.destroy()
  await stage.until(() => client.closes.length > 0, 'a connection destroyed before it opened has closed')
  await stage.settle()
  claimEqual(client.opens, 0, 'The number of times that a connection opened that was destroyed before')
})

async function resolves({ transport, host = '127.0.0.1', ...rest }: TransportSetup): Promise<void> {
  const resolve = transport.resolve?.bind(transport)
  if (resolve === undefined) return
  const stage = await Stage.open({ transport, host, ...rest })
  const answers: (readonly string[])[] = []
  let failure: Error | null = null
  resolve(host, (error, addresses) => {
    if (error === null) answers.push(addresses)
    else failure = error
  })
  const early = answers.length > 0 || failure !== null
  await stage.until(() => answers.length > 0 || failure !== null, `${host} is resolved`)
  await stage.close()
  claim(!early, 'It called back before resolve had returned')
  claim(failure === null, `It could not resolve ${host}: ${shown(failure)}`)
  const addresses = answers[0]!
  claim(addresses.length > 0 && addresses.every(address => address !== ''), `${host} resolved to ${shown(addresses)}`)
}

/** No name has an empty part: resolvers say so without asking anybody. Those that find all names elsewhere pass it on. */
const impossibleName = 'nobody..invalid'

async function failsInOurWords({ transport, ...rest }: TransportSetup): Promise<void> {
  const resolve = transport.resolve?.bind(transport)
  if (resolve === undefined) return
  const stage = await Stage.open({ transport, ...rest })
  const outcomes: unknown[] = []
  resolve(impossibleName, (error, addresses) => outcomes.push(error ?? addresses))
  await stage.until(() => outcomes.length > 0, `${impossibleName} is resolved, or cannot be`)
  await stage.settle()
  await stage.close()
  claimEqual(outcomes.length, 1, 'The number of times that resolve called back')
  const [outcome] = outcomes
  claim(Array.isArray(outcome) || isKafkaError(outcome), `It failed with ${shown(outcome)}, which is no KafkaError`)
}

/** For any `Transport`. One without `resolve` passes the cases about it. */
export const transportCompliance: readonly ComplianceCase<TransportSetup>[] = [
  { name: 'opens, and says so after connect has returned', run: opens },
  { name: 'carries bytes both ways, in order', run: carriesBytes },
  { name: 'sends the segments of a frame in order', run: keepsSegmentsInOrder },
  { name: 'tells of each frame once, in order, when it let go of it', run: tellsOfFrames },
  { name: 'refers to nothing of a frame once it has let go of it', run: letsGo },
  { name: 'says when it is full, and when it has room again', run: tellsWhenFull },
  { name: 'gives the last bytes and closes, once and last, when the peer ends', run: closesWithPeer },
  { name: 'tells the cause when the peer resets', run: tellsOfReset },
  { name: 'closes once, with the first cause, however often it is destroyed', run: closesOnce },
  { name: 'is silent once destroyed', run: isSilentOnceDestroyed },
  { name: 'fails by onClose where nobody listens', run: failsWhereNobodyListens },
  { name: 'takes a write after its end and does nothing', run: takesLateWrites },
  { name: 'calls no frame flushed because it closed', run: claimsNoLostFrames },
  { name: 'keeps connections apart', run: keepsConnectionsApart },
  { name: 'can be destroyed before it opens', run: survivesEarlyDestroy },
  { name: 'resolves a host to addresses', run: resolves },
  { name: 'fails to resolve with a KafkaError, once', run: failsInOurWords }
]
