// Every serializer passes the compliance suite of serializers.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { serializerCompliance, type SerializerSetup } from '@sluice/testing'
import { describe, it } from 'vitest'
import {
  bytesSerializer,
  float64Serializer,
  int32Serializer,
  int64Serializer,
  jsonSerializer,
  stringSerializer,
  uuidSerializer
} from './index.ts'

function comply<T>(title: string, setup: SerializerSetup<T>): void {
  describe(title, () => {
    for (const { name, run } of serializerCompliance) it(name, () => run(setup))
  })
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

comply('bytesSerializer', {
  serializer: bytesSerializer,
  examples: () => [
    { value: Uint8Array.of(1, 2), bytes: hex('0102') },
    { value: Buffer.alloc(0), bytes: hex('') }
  ],
  refused: ['text', 5, [1, 2], new ArrayBuffer(3), undefined]
})

comply('stringSerializer', {
  serializer: stringSerializer,
  examples: () => [
    { value: 'é€𝄞', bytes: hex('c3a9e282acf09d849e') },
    { value: '', bytes: hex('') }
  ],
  refused: [5, 5n, true, {}, undefined, Symbol('s')]
})

comply('jsonSerializer', {
  serializer: jsonSerializer<unknown>,
  examples: () => [
    { value: { id: 7, tags: ['é'], nothing: null }, bytes: Buffer.from('{"id":7,"tags":["é"],"nothing":null}') },
    { value: 'text', bytes: Buffer.from('"text"') },
    { value: new Date(0), bytes: Buffer.from('"1970-01-01T00:00:00.000Z"') }
  ],
  refused: [undefined, () => 1, Symbol('s'), 5n, { toJSON: () => undefined }]
})

comply('int32Serializer', {
  serializer: int32Serializer,
  examples: () => [
    { value: 258, bytes: hex('00000102') },
    { value: -1, bytes: hex('ffffffff') },
    { value: 2_147_483_647, bytes: hex('7fffffff') },
    { value: -2_147_483_648, bytes: hex('80000000') }
  ],
  refused: [2_147_483_648, -2_147_483_649, 0.5, NaN, Infinity, '5', 5n, undefined]
})

comply('int64Serializer', {
  serializer: int64Serializer,
  examples: () => [
    { value: 258, bytes: hex('0000000000000102') },
    { value: -1, bytes: hex('ffffffffffffffff') },
    { value: -4_294_967_297, bytes: hex('fffffffeffffffff') },
    { value: Number.MAX_SAFE_INTEGER, bytes: hex('001fffffffffffff') },
    { value: 2n ** 63n - 1n, bytes: hex('7fffffffffffffff') },
    { value: -(2n ** 63n), bytes: hex('8000000000000000') }
  ],
  refused: [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, NaN, '5', undefined]
})

comply('float64Serializer', {
  serializer: float64Serializer,
  examples: () => [
    { value: 1.5, bytes: hex('3ff8000000000000') },
    { value: -0, bytes: hex('8000000000000000') },
    { value: NaN, bytes: hex('7ff8000000000000') },
    { value: -Infinity, bytes: hex('fff0000000000000') }
  ],
  refused: ['1.5', 5n, undefined, null]
})

comply('uuidSerializer', {
  serializer: uuidSerializer,
  examples: () => [
    {
      value: '123e4567-e89b-12d3-a456-426614174000',
      bytes: Buffer.from('123e4567-e89b-12d3-a456-426614174000')
    },
    {
      value: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
      bytes: Buffer.from('ffffffff-ffff-ffff-ffff-ffffffffffff')
    }
  ],
  refused: ['', '123e4567e89b12d3a456426614174000', '123e4567-e89b-12d3-a456-42661417400g', 5, undefined]
})
