// The compliance suite of transports.
// oxlint-disable no-await-in-loop -- one event after another
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, claimSameBytes } from './claims.ts'
import { noiseBytes } from './samples.ts'
import { connectsToAddress, failsInOurWords, resolves } from './transport-addresses.ts'
import {
  claimsNoLostFrames,
  closesOnce,
  closesWithPeer,
  deliversWhatWasFlushed,
  failsWhereNobodyListens,
  isSilentOnceDestroyed,
  survivesEarlyDestroy,
  takesLateWrites,
  tellsOfReset
} from './transport-closing.ts'
import { frameBytes, onStage, Recorder, type Link, type TransportSetup } from './transport-stage.ts'

const megabyte = 1_048_576
/** A transport that takes more than this without saying that it is full has no back-pressure. */
const mostUnread = 16 * megabyte
/** As a request may be: more than anybody takes at once, and no round number. */
const largeBytes = 5 * megabyte + 7

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

const carriesLargeFrames = onStage(async stage => {
  const { stream, server } = await stage.link()
  const bytes = Buffer.alloc(largeBytes, noiseBytes(65_521))
  const head = 10
  stream.write([bytes.subarray(0, head), bytes.subarray(head, -head), bytes.subarray(-head)], () => undefined)
  const what = (): string => `a frame of ${largeBytes} bytes has arrived: ${server.receivedBytes} bytes have`
  await stage.until(() => server.receivedBytes >= largeBytes, what)
  claimSameBytes(server.received, bytes, `A frame of ${largeBytes} bytes`)
})

const keepsSegmentsInOrder = onStage(async stage => {
  const { stream, server } = await stage.link()
  // In more segments than a system takes at once.
  const bytes = noiseBytes(60_000)
  const segments: Uint8Array[] = []
  for (let at = 0, length = 0; at < bytes.length; at += length, length = (length + 7) % 50) {
    segments.push(bytes.subarray(at, at + length))
  }
  const before = [...segments]
  stream.write(segments, () => undefined)
  const what = (): string =>
    `${bytes.length} bytes in ${segments.length} segments have arrived: ${server.receivedBytes} have`
  await stage.until(() => server.receivedBytes >= bytes.length, what)
  const isSame = before.length === segments.length && before.every((segment, at) => segment === segments[at])
  claim(isSame, 'It changed the list of segments it was given')
  claimSameBytes(bytes, noiseBytes(bytes.length), 'It changed the segments it was given')
  claimSameBytes(server.received, bytes, `A frame of ${before.length} segments`)
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
  const { client, server, peer } = link
  let bytes = 0
  for (const time of ['first', 'second']) {
    const { drains } = client
    peer.pause()
    bytes += fill(link, () => undefined)
    await stage.settle()
    peer.resume()
    await stage.until(() => client.drains > drains, `it has room again, for the ${time} time`)
    await stage.until(() => server.receivedBytes >= bytes, 'all that was taken has arrived')
    claimEqual(server.receivedBytes, bytes, 'The number of bytes that arrived')
  }
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

/**
 * For any `Transport`. One without `resolve` passes the cases about it.
 *
 * - Bytes: all of them, both ways, in order, in frames of thousands of segments and of several megabytes; what is written is not
 *   changed, and not read any more once `onFlushed` has been called, once for each write.
 * - Room: `write` says false before 16 MiB wait, and `onDrain` follows each time.
 * - The end: `onClose` once, last, with null in good order and an Error else, whether the peer ends or resets, nobody listens, or it
 *   is destroyed, even before it opens. Without a cause what was flushed still arrives; what was not is never called flushed.
 * - Addresses: told an `ip`, it connects there and nowhere else; `resolve` calls back once, with addresses or a KafkaError.
 */
export const transportCompliance: readonly ComplianceCase<TransportSetup>[] = [
  { name: 'opens, and says so after connect has returned', run: opens },
  { name: 'carries bytes both ways, in order', run: carriesBytes },
  { name: 'carries frames of several megabytes whole', run: carriesLargeFrames },
  { name: 'sends the segments of a frame in order', run: keepsSegmentsInOrder },
  { name: 'tells of each frame once, in order, when it let go of it', run: tellsOfFrames },
  { name: 'refers to nothing of a frame once it has let go of it', run: letsGo },
  { name: 'says when it is full, and when it has room again', run: tellsWhenFull },
  { name: 'gives the last bytes and closes, once and last, when the peer ends', run: closesWithPeer },
  { name: 'tells the cause when the peer resets', run: tellsOfReset },
  { name: 'closes once, with the first cause, however often it is destroyed', run: closesOnce },
  { name: 'still delivers what was flushed when it is destroyed without a cause', run: deliversWhatWasFlushed },
  { name: 'is silent once destroyed', run: isSilentOnceDestroyed },
  { name: 'fails by onClose where nobody listens', run: failsWhereNobodyListens },
  { name: 'takes a write after its end and does nothing', run: takesLateWrites },
  { name: 'calls no frame flushed because it closed', run: claimsNoLostFrames },
  { name: 'keeps connections apart', run: keepsConnectionsApart },
  { name: 'can be destroyed before it opens', run: survivesEarlyDestroy },
  { name: 'resolves a host to addresses', run: resolves },
  { name: 'connects to the address that its host was resolved to', run: connectsToAddress },
  { name: 'fails to resolve with a KafkaError, once', run: failsInOurWords }
]
