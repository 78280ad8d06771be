// Where there is no WebAssembly, the codec says so when it is made.
import { isKafkaError } from '@sluice/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lz4 } from './index.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

function failure(): unknown {
  try {
    return lz4()
  } catch (error) {
    return error
  }
}

describe('lz4 without WebAssembly', () => {
  it('cannot be made where there is none', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const error = failure()
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
    expect(String(error)).toContain('lz4 needs WebAssembly, which this runtime has not')
  })

  it('cannot be made where it is forbidden', () => {
    const Module = function (): never {
      throw new EvalError('code generation disallowed')
    }
    vi.stubGlobal('WebAssembly', { Module })
    const error = failure()
    expect(isKafkaError(error, 'KAFKA_COMPRESSION')).toBe(true)
    expect((error as Error).cause).toBeInstanceOf(EvalError)
  })
})
