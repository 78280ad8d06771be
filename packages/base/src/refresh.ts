// When metadata is asked for: a reducer, free of clocks and sockets.

/**
 * idle ──want──> waiting ──due──> asked ──answered──> idle, or waiting if more is wanted
 *   └──urge/due──────────────────^  └──failed──> waiting
 */
export interface RefreshState {
  /** `idle` waits for the metadata's age, `waiting` for a backoff. */
  readonly phase: 'idle' | 'waiting' | 'asked' | 'stopped'
  /** Everything in use is to be asked for, not only what waits. */
  readonly wanted: boolean
  /** Something never asked for came while a question was under way. */
  readonly urgent: boolean
  /** Rounds in a row in which nobody answered. */
  readonly failures: number
  /** Answers in a row that told nothing new although something new was wanted. */
  readonly equivalents: number
  /** Monotonic, when the last round ended; -Infinity before. */
  readonly endedMs: number
  /** The question under way is asked for age alone: that it tells nothing new is as it should be. */
  readonly routine: boolean
  /** Monotonic, when everything in use was last answered for, or the first answer came; -Infinity before. */
  readonly wholeMs: number
}

export type RefreshEvent =
  /** What is known was proved wrong, or may be. */
  | { readonly kind: 'want'; readonly nowMs: number }
  /** Something that was never asked for. */
  | { readonly kind: 'urge' }
  | { readonly kind: 'due' }
  | Answered
  | { readonly kind: 'failed'; readonly nowMs: number }
  | { readonly kind: 'stop' }

interface Answered {
  readonly kind: 'answered'
  readonly nowMs: number
  readonly progress: boolean
  /** Something is without a leader, missing or contradicted, or was not answered for. */
  readonly unfinished: boolean
  /** Somebody still waits for what was not in it. */
  readonly awaited: boolean
  /** The question was for everything in use. */
  readonly whole: boolean
}

export type RefreshEffect =
  /** Start a round; `everything` in use, or only what waits. */
  | { readonly kind: 'ask'; readonly everything: boolean }
  /** Set the one timer to the backoff of this attempt, counted from `sinceMs`. */
  | { readonly kind: 'back-off'; readonly attempt: number; readonly sinceMs: number }
  /** Set the one timer to the age at which metadata is old, counted from `sinceMs`. */
  | { readonly kind: 'rest'; readonly sinceMs: number }
  | { readonly kind: 'cancel' }

export interface RefreshStep {
  readonly state: RefreshState
  readonly effect: RefreshEffect | null
}

export const initialRefresh: RefreshState = {
  phase: 'idle',
  wanted: false,
  urgent: false,
  failures: 0,
  equivalents: 0,
  endedMs: -Infinity,
  routine: false,
  wholeMs: -Infinity
}

/** After so long without a round, earlier answers say nothing about how calm to be. */
const calmMs = 10_000

export function refreshStep(state: RefreshState, event: RefreshEvent): RefreshStep {
  if (state.phase === 'stopped') return { state, effect: null }
  switch (event.kind) {
    case 'want':
      return want(state, event.nowMs)
    case 'urge':
      return urge(state)
    case 'due':
      return state.phase === 'asked' ? { state, effect: null } : ask(state, true, state.phase === 'idle')
    case 'answered':
      return answered(state, event)
    case 'failed':
      return backOff({ ...state, failures: state.failures + 1, endedMs: event.nowMs }, true)
    case 'stop':
      return { state: { ...state, phase: 'stopped' }, effect: { kind: 'cancel' } }
  }
}

function want(state: RefreshState, nowMs: number): RefreshStep {
  if (state.phase !== 'idle') return { state: { ...state, wanted: true }, effect: null }
  if (nowMs - state.endedMs >= calmMs) return ask({ ...state, equivalents: 0 }, true)
  return backOff(state, true)
}

function urge(state: RefreshState): RefreshStep {
  if (state.phase === 'asked') return { state: { ...state, urgent: true }, effect: null }
  // While nobody answers, one more question changes nothing: it goes with the next round.
  if (state.phase === 'waiting' && state.failures > 0) return { state, effect: null }
  return ask(state, state.wanted)
}

function answered(state: RefreshState, { nowMs, progress, unfinished, awaited, whole }: Answered): RefreshStep {
  const equivalents = progress || (state.routine && !unfinished) ? 0 : state.equivalents + 1
  const wholeMs = whole || state.wholeMs === -Infinity ? nowMs : state.wholeMs
  const next: RefreshState = { ...state, failures: 0, equivalents, endedMs: nowMs, wholeMs }
  const wanted = state.wanted || unfinished
  if (state.urgent) return ask(next, wanted)
  if (wanted || awaited) return backOff(next, true)
  return { state: { ...next, phase: 'idle' }, effect: { kind: 'rest', sinceMs: wholeMs } }
}

function ask(state: RefreshState, everything: boolean, routine = false): RefreshStep {
  return {
    state: { ...state, phase: 'asked', wanted: false, urgent: false, routine },
    effect: { kind: 'ask', everything }
  }
}

function backOff(state: RefreshState, wanted: boolean): RefreshStep {
  const attempt = Math.max(1, state.failures, state.equivalents)
  return {
    state: { ...state, phase: 'waiting', wanted, urgent: false },
    effect: { kind: 'back-off', attempt, sinceMs: state.endedMs }
  }
}
