// Cases about how a connection ends: by the peer, by destroy, or before it was one.
import { claim, claimEqual, claimSameBytes, shown } from './claims.ts'
import { noiseBytes } from './samples.ts'
import { frameBytes, onStage, Recorder, type Link, type TransportCase } from './transport-stage.ts'

/** In frames of a megabyte: no two kernels keep more for one connection. */
const mostUnderWay = 256

function claimClosedOnce({ closes }: Recorder): void {
  claimEqual(closes.length, 1, 'The number of times that onClose was called')
}

export const closesWithPeer: TransportCase = onStage(async stage => {
  const { client, peer } = await stage.link()
  const events: string[] = []
  client.watch = event => events.push(event)
  const words = noiseBytes(5000)
  peer.write([words], () => undefined)
  peer.end()
  await stage.until(() => client.closes.length > 0, 'it sees that the peer has closed')
  await stage.settle()
  claimSameBytes(client.received, words, 'The last words of the peer')
  claimClosedOnce(client)
  claimEqual(client.closes[0], null, 'The cause of onClose, when the peer ended in good order,')
  claimEqual(events.at(-1), 'close', 'The last event')
})

// Story: the last bytes of a TLS handshake and a reset arrive together. libuv hands over the bytes, sees that the other side is
// gone, and reports a plain end. So the reset comes when nothing else is under way: the peer's words are the last that was.
export const tellsOfReset: TransportCase = onStage(async stage => {
  const { client, peer } = await stage.link()
  const words = noiseBytes(10)
  peer.write([words], () => undefined)
  await stage.until(() => client.receivedBytes === words.length, "the peer's words have arrived")
  peer.reset()
  await stage.until(() => client.closes.length > 0, 'it sees that the peer has reset the connection')
  await stage.settle()
  claimClosedOnce(client)
  claim(client.closes[0] instanceof Error, `The cause of a reset is ${shown(client.closes[0])}, not an Error`)
})

export const closesOnce: TransportCase = onStage(async stage => {
  const { client, stream, server } = await stage.link()
  const cause = new Error('enough')
  stream.destroy(cause)
  stream.destroy()
  await stage.until(() => client.closes.length > 0 && server.closes.length > 0, 'both ends are closed')
  stream.destroy(new Error('again'))
  await stage.settle()
  claimClosedOnce(client)
  claimEqual(client.closes[0], cause, 'The cause of onClose')
})

export const isSilentOnceDestroyed: TransportCase = onStage(async stage => {
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
  claimEqual(client.closes[0], null, 'The cause of onClose, after destroy without a cause,')
})

export const deliversWhatWasFlushed: TransportCase = onStage(async stage => {
  const { client, stream, server, peer } = await stage.link()
  peer.pause()
  const bytes = noiseBytes(4 * frameBytes)
  let isFlushed = false
  stream.write([bytes], () => {
    isFlushed = true
  })
  await stage.until(() => isFlushed, 'a frame is flushed that the peer has not read')
  stream.destroy()
  await stage.until(() => client.closes.length > 0, 'it has closed')
  await stage.settle()
  peer.resume()
  await stage.until(() => server.closes.length > 0, 'the peer sees that it has closed')
  const { receivedBytes } = server
  claim(
    receivedBytes === bytes.length,
    `destroy without a cause took back flushed bytes: of ${bytes.length} the peer could read ${receivedBytes}`
  )
  claimEqual(server.closes[0], null, 'What the peer was told of the end, after destroy without a cause,')
})

export const failsWhereNobodyListens: TransportCase = onStage(async stage => {
  await stage.stopListening()
  const client = new Recorder()
  stage.connect(client)
  await stage.until(() => client.closes.length > 0, 'it has failed to connect')
  await stage.settle()
  claimClosedOnce(client)
  claimEqual(client.opens, 0, 'The number of times that onOpen was called where nobody listens')
  claim(client.closes[0] instanceof Error, `The cause is ${shown(client.closes[0])}, not an Error`)
})

export const takesLateWrites: TransportCase = onStage(async stage => {
  const ended = await stage.link()
  ended.peer.end()
  await stage.until(() => ended.client.closes.length > 0, 'it has closed')
  let flushed = 0
  writeLate(ended, 'after onClose', () => flushed++)
  const destroyed = await stage.link()
  destroyed.stream.destroy()
  writeLate(destroyed, 'after destroy', () => flushed++)
  await stage.until(() => destroyed.client.closes.length > 0, 'it has closed')
  await stage.settle()
  claimEqual(flushed, 0, 'The number of times that onFlushed was called for writes after the end')
  claimEqual(destroyed.server.receivedBytes, 0, 'The number of bytes that a write after destroy has sent')
  claimClosedOnce(destroyed.client)
})

function writeLate({ stream }: Link, when: string, onFlushed: () => void): void {
  try {
    stream.write([noiseBytes(100)], onFlushed)
  } catch (error) {
    throw new Error(`A write ${when} threw ${shown(error)}`, { cause: error })
  }
}

export const claimsNoLostFrames: TransportCase = onStage(async stage => {
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

export const survivesEarlyDestroy: TransportCase = onStage(async stage => {
  const client = new Recorder()
  const stream = stage.connect(client)
  stream.destroy()
  await stage.until(() => client.closes.length > 0, 'a connection destroyed before it opened has closed')
  await stage.settle()
  claimClosedOnce(client)
  claimEqual(client.opens, 0, 'The number of times that a connection opened that was destroyed before')
})
