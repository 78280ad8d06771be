// The end of a producer: what is left gets its time, then its outcome.
import { ClosedError } from '@sluice/core'
import { checkOptions, rules, type OptionTable } from '@sluice/base/parts'
import type { ProducerParts } from './compose.ts'

export interface CloseOptions {
  /** Milliseconds until what is left fails. Default: the deadlines of what is left. */
  readonly timeout?: number | undefined
  /** The same as a timeout of 0. */
  readonly force?: boolean | undefined
}

const table: OptionTable = { timeout: rules.milliseconds(), force: rules.flag() }

/** @throws InvalidArgumentError */
export function checkCloseOptions(options: CloseOptions): void {
  checkOptions(table, options, 'close')
}

/** Calls back when nothing is unsettled any more. */
export function closeProducer(parts: ProducerParts, options: CloseOptions, done: () => void): void {
  const { calls, base } = parts
  calls.refuseMore()
  const limitMs = options.force === true ? 0 : options.timeout
  if (limitMs === undefined) {
    calls.flush(done)
    return
  }
  const abandon = (): void =>
    calls.abandon(
      new ClosedError(`The producer was closed before the message was acknowledged (close timeout ${limitMs} ms)`)
    )
  if (limitMs === 0) {
    abandon()
    calls.flush(done)
    return
  }
  const timer = base.clock.after(limitMs, abandon)
  calls.flush(() => {
    timer.cancel()
    done()
  })
}
