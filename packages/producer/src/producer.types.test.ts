// What the compiler knows of a producer from its serializers alone. Checked by the type checker; the runs prove nothing.
import { describe, expectTypeOf, test } from 'vitest'
import { isKafkaError, type KafkaError, type ProduceResult } from '@sluice/core'
import { int32Serializer, jsonSerializer, stringSerializer, stringSerializers } from '@sluice/serializers'
import type {
  Clock,
  ConnectionError,
  ConnectionProblem,
  Observer,
  OutcomeObservation,
  ProducerOptions,
  Random,
  SaslCredentials,
  SaslMechanism,
  SerializeContext,
  Serializer,
  Sink,
  TlsOptions,
  Transport
} from './index.ts'
import { Producer, type ProducerMessage, type UnacknowledgedResult } from './producer.ts'

interface Order {
  readonly id: number
  readonly item: string
}

const bootstrapBrokers = ['127.0.0.1:9092']

// Never called: only their types are looked at.
const makeText = () => new Producer({ bootstrapBrokers, serializers: stringSerializers })
const makeOrders = () =>
  new Producer({ bootstrapBrokers, serializers: { key: int32Serializer, value: jsonSerializer<Order> } })
const makeBytes = () => new Producer({ bootstrapBrokers })
const makeMixed = () =>
  new Producer({ bootstrapBrokers, serializers: { value: stringSerializer }, partitioner: () => 0 })

type MessageOf<P> = P extends Producer<infer K, infer V, infer HK, infer HV> ? ProducerMessage<K, V, HK, HV> : never

test('who wraps a producer needs no other package for its types', () => {
  expectTypeOf<NonNullable<ProducerOptions['observer']>>().toEqualTypeOf<Observer | readonly Observer[]>()
  expectTypeOf<NonNullable<Observer['onOutcome']>>().parameters.toEqualTypeOf<[OutcomeObservation]>()
  expectTypeOf<ProducerOptions['clock']>().toEqualTypeOf<Clock | undefined>()
  expectTypeOf<ProducerOptions['transport']>().toEqualTypeOf<Transport | undefined>()
  expectTypeOf<ProducerOptions['random']>().toEqualTypeOf<Random | undefined>()
  expectTypeOf<ProducerOptions['sasl']>().toEqualTypeOf<SaslMechanism | SaslCredentials | undefined>()
  expectTypeOf<NonNullable<Serializer<string>['into']>>().parameters.toEqualTypeOf<[string, SerializeContext, Sink]>()
  expectTypeOf<ConnectionError['problem']>().toEqualTypeOf<ConnectionProblem | undefined>()
  expectTypeOf<TlsOptions>().toExtend<NonNullable<ProducerOptions['tls']>>()
})

describe('the serializers determine what send accepts', () => {
  test('strings', () => {
    expectTypeOf(makeText).returns.toEqualTypeOf<Producer<string, string, string, string>>()
    expectTypeOf<MessageOf<ReturnType<typeof makeText>>['value']>().toEqualTypeOf<string | null>()
  })

  test('an own type as JSON, numbers as keys, bytes in the slots without a serializer', () => {
    expectTypeOf(makeOrders).returns.toEqualTypeOf<Producer<number, Order>>()
    type Message = MessageOf<ReturnType<typeof makeOrders>>
    expectTypeOf<Message['value']>().toEqualTypeOf<Order | null>()
    expectTypeOf<Message['key']>().toEqualTypeOf<number | null | undefined>()
    expectTypeOf<{ topic: string; key: number; value: { id: number; item: string } }>().toExtend<Message>()
    expectTypeOf<{ topic: string; key: string; value: Order }>().not.toExtend<Message>()
    expectTypeOf<{ topic: string; value: { id: string } }>().not.toExtend<Message>()
    expectTypeOf<{ topic: string }>().not.toExtend<Message>()
  })

  test('without serializers: bytes and strings', () => {
    expectTypeOf(makeBytes).returns.toEqualTypeOf<Producer>()
    expectTypeOf<MessageOf<ReturnType<typeof makeBytes>>['value']>().toEqualTypeOf<Uint8Array | string | null>()
  })

  test('a wrapper may leave them open, and sends what it is given', () => {
    class Bus<V> {
      readonly #producer: Producer<Buffer, V>

      constructor(producer: Producer<Buffer, V>) {
        this.#producer = producer
      }

      send(value: V) {
        return this.#producer.send({ messages: [{ topic: 'orders', key: 'a text', value }] })
      }

      sendAll(values: readonly V[], done: (error: Error | null) => void) {
        return this.#producer.send({ messages: values.map(value => ({ topic: 'orders', value })) }, done)
      }

      bury() {
        return this.#producer.send({ messages: [{ topic: 'orders', key: 'a text', value: null }] })
      }

      refuse(other: string) {
        // @ts-expect-error V need not be a string
        return this.#producer.send({ messages: [{ topic: 'orders', value: other }] })
      }
    }
    const makeBus = (producer: Producer<Buffer, Order>) => new Bus(producer)
    expectTypeOf(makeBus).returns.toEqualTypeOf<Bus<Order>>()
    expectTypeOf<Bus<Order>['send']>().parameters.toEqualTypeOf<[Order]>()

    const sendWith = async <K, V>(producer: Producer<K, V, string, string>, key: K, value: V) =>
      producer.send({ messages: [{ topic: 'orders', key, value, headers: { source: 'wrapper' } }] })
    expectTypeOf(sendWith<string, Order>).returns.resolves.toEqualTypeOf<ProduceResult>()
  })

  test('slots of what nothing is, and of what anything is', () => {
    expectTypeOf<ProducerMessage<never>['key']>().toEqualTypeOf<null | undefined>()
    expectTypeOf<ProducerMessage<Buffer, unknown>['value']>().toEqualTypeOf<unknown>()
    expectTypeOf<ProducerMessage<Buffer, Buffer | number>['value']>().toEqualTypeOf<Buffer | number | null>()
    expectTypeOf<ProducerMessage<Buffer, Uint8Array>['value']>().toEqualTypeOf<Uint8Array | null>()
  })

  test('a partitioner takes no part in it', () => {
    expectTypeOf(makeMixed).returns.toEqualTypeOf<Producer<Buffer, string>>()
  })

  test('a producer of something narrower is a producer of something wider', () => {
    expectTypeOf<Producer<string, Order, string, string>['stats']>().toEqualTypeOf<Producer['stats']>()
  })

  test('options of initIdempotentProducer are those of a send, and no others', () => {
    type Options = Parameters<Producer['initIdempotentProducer']>[0]
    expectTypeOf<{ timeout: 5_000; linger: 0 }>().toExtend<Options>()
    // @ts-expect-error a slip in the name
    const wrong: Options = { timeot: 5_000 }
    expectTypeOf(wrong).toExtend<Options>()
  })

  test('of whatever was caught, the code of an error of Sluice tells its class', () => {
    const told = (caught: unknown) => {
      if (!isKafkaError(caught)) return caught
      switch (caught.code) {
        case 'KAFKA_TIMEOUT':
          return caught.limitMs
        case 'KAFKA_PRODUCE_FAILED':
          return caught.failures.length
        default:
          return caught.code === 'KAFKA_BROKER' ? caught.errorName : caught.retriable
      }
    }
    expectTypeOf(told).parameters.toEqualTypeOf<[unknown]>()
  })

  test('what is no error of Sluice is the rest of what was expected', () => {
    const sent = async (producer: ReturnType<typeof makeText>) => {
      const outcome = await producer.send({ messages: [] }).catch((error: KafkaError) => error)
      return isKafkaError(outcome) ? null : outcome
    }
    expectTypeOf(sent).returns.resolves.toEqualTypeOf<ProduceResult | null>()
    const textOf = (given: string | KafkaError) => (isKafkaError(given) ? given.message : given)
    expectTypeOf(textOf).returns.toEqualTypeOf<string>()
  })

  test('a failed send has the result of the rest', () => {
    const producedBy = (error: unknown) => (isKafkaError(error, 'KAFKA_PRODUCE_FAILED') ? error.produced : null)
    expectTypeOf(producedBy).returns.toEqualTypeOf<ProduceResult | null>()
  })

  test('acks 0 promises the nodes that are busy', () => {
    const send = (producer: ReturnType<typeof makeText>) => producer.send({ acks: 0, messages: [] })
    expectTypeOf(send).returns.resolves.toEqualTypeOf<UnacknowledgedResult>()
    const acknowledged = (producer: ReturnType<typeof makeText>) => producer.send({ messages: [] })
    expectTypeOf(acknowledged).returns.resolves.toEqualTypeOf<ProduceResult>()
    const withCallback = (producer: ReturnType<typeof makeText>) => producer.send({ messages: [] }, () => {})
    expectTypeOf(withCallback).returns.toEqualTypeOf<boolean>()
  })
})
