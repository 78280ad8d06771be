// The one shape of an asynchronous answer inside Sluice: a callback, called once.
import type { KafkaError } from './errors.ts'

export type Outcome<T> = [error: KafkaError, result: undefined] | [error: null, result: T]

/** Called exactly once, and never before the call that was given it has returned. */
export type Callback<T> = (...outcome: Outcome<T>) => void

export type MaybePromise<T> = T | Promise<T>
