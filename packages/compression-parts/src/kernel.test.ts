// Where there is no WebAssembly, a codec says so when it is made.
import { isKafkaError } from '@sluice/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BlockCompressor } from './block-compressor.ts'
import { packerOf, type Kernel } from './kernel.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const kernel: Kernel = { name: 'snappy', blockBytes: 32_768, code: '' }

function failure(make: () => unknown = () => packerOf(kernel)): unknown {
  try {
    return make()
  } catch (error) {
    return error
  }
}

describe('a kernel without WebAssembly', () => {
  it('cannot be had where there is none', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const error = failure()
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
    expect(String(error)).toContain('snappy needs WebAssembly, which this runtime has not')
  })

  it('keeps a codec from being made, not from its first batch', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const error = failure(() => new BlockCompressor(kernel, { mostBytes: bytes => bytes, write: () => -1 }))
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
  })

  it('cannot be had where it is forbidden', () => {
    const Module = function (): never {
      throw new EvalError('code generation disallowed')
    }
    vi.stubGlobal('WebAssembly', { Module })
    const error = failure()
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
    expect((error as Error).cause).toBeInstanceOf(EvalError)
  })
})
