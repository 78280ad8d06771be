// What an observer hears of the requests of a connection.
import type { ConnectionObservation, RequestObservation, ResponseObservation } from '@sluice/core'
import { expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { broker, pingApi, pong } from './stage.ts'

function listening(options = {}): ReturnType<typeof start> & {
  requests: RequestObservation[]
  responses: ResponseObservation[]
} {
  const requests: RequestObservation[] = []
  const responses: ResponseObservation[] = []
  const observer = {
    onRequest: (event: RequestObservation) => void requests.push(event),
    onResponse: (event: ResponseObservation) => void responses.push(event)
  }
  const all = start({ observer, ...options })
  requests.length = 0
  responses.length = 0
  return { ...all, requests, responses }
}

test('of a request its bytes on the wire, the length in front of it included; of an answer how long it took', () => {
  const { stage, connection, stream, requests, responses } = listening()
  connection.send(pingApi, 'a', () => {})
  stage.clock.advance(250)
  const [asked] = stream.take()
  stream.receive(pong(asked!, 'pong', 40))
  expect(requests).toEqual([{ broker, api: 'Ping', version: 3, bytes: 4 + asked!.frame.length }])
  expect(responses).toEqual([{ broker, api: 'Ping', latencyMs: 250, throttleMs: 40 }])
})

test('of each request that is lost with its connection why, after how long; of one that never left nothing', () => {
  const { stage, connection, stream, told, requests, responses } = listening()
  for (const name of ['a', 'b']) connection.send(pingApi, name, told.of(name))
  stage.clock.runSoon()
  stage.clock.advance(250)
  connection.send(pingApi, 'c', told.of('c'))
  connection.post(pingApi, 'd', told.of('d'))
  stream.break('ECONNRESET')
  expect(told.take()).toEqual([
    'a: KAFKA_CONNECTION sent',
    'b: KAFKA_CONNECTION sent',
    'c: KAFKA_CONNECTION not sent',
    'd: KAFKA_CONNECTION not sent'
  ])
  expect(requests.map(({ api }) => api)).toEqual(['Ping', 'Ping'])
  expect(responses).toEqual(
    told.errors.slice(0, 2).map(error => ({ broker, api: 'Ping', latencyMs: 250, throttleMs: 0, error }))
  )
})

test('of a request that nobody answers no answer, also where it is lost', () => {
  const { stage, connection, stream, requests, responses } = listening()
  stream.flushes = false
  connection.post(pingApi, 'a', () => {})
  stage.clock.runSoon()
  stream.break()
  expect([requests.length, responses.length]).toEqual([1, 0])
})

test('of the request that a corrupt answer was for the same error as its sender', () => {
  const { connection, stream, told, responses } = listening()
  connection.send(pingApi, 'a', told.of('a'))
  const [asked] = stream.take()
  stream.receive(pong({ ...asked!, correlationId: 77 }))
  expect(told.take()).toEqual(['a: KAFKA_CORRUPT_FRAME'])
  expect(responses).toEqual([{ broker, api: 'Ping', latencyMs: 0, throttleMs: 0, error: told.errors[0] }])
})

test('of the end of a connection why it ended, also where it was given up', () => {
  const states: ConnectionObservation[] = []
  const observer = { onConnection: (event: ConnectionObservation) => void states.push(event) }
  const { stage, connection, told } = start({ observer })
  connection.send(pingApi, 'a', told.of('a'))
  stage.clock.advance(1000)
  expect(told.take()).toEqual(['a: KAFKA_TIMEOUT'])
  expect(states.map(({ state }) => state)).toEqual(['negotiating', 'ready', 'closed'])
  expect(states.at(-1)).toEqual({ broker, state: 'closed', elapsedMs: 1000, error: told.errors[0] })
})
