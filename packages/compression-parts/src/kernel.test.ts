// Where there is no WebAssembly, a codec says so when it is made.
import { isKafkaError } from '@sluice/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { packerOf } from './kernel.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

function failure(): unknown {
  try {
    return packerOf({ name: 'snappy', blockBytes: 32_768, code: '' })
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
