import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { initialRefresh, refreshStep, type RefreshEffect, type RefreshEvent, type RefreshState } from './refresh.ts'

function run(
  events: readonly RefreshEvent[],
  from: RefreshState = initialRefresh
): { state: RefreshState; effects: (RefreshEffect | null)[] } {
  let state = from
  const effects = events.map(event => {
    const step = refreshStep(state, event)
    state = step.state
    return step.effect
  })
  return { state, effects }
}

const want = (nowMs: number): RefreshEvent => ({ kind: 'want', nowMs })
const urge: RefreshEvent = { kind: 'urge' }
const due: RefreshEvent = { kind: 'due' }
const failed = (nowMs: number): RefreshEvent => ({ kind: 'failed', nowMs })
const news = (nowMs: number): RefreshEvent => ({
  kind: 'answered',
  nowMs,
  progress: true,
  unfinished: false,
  awaited: false,
  whole: true
})
const nothingNew = (nowMs: number): RefreshEvent => ({
  kind: 'answered',
  nowMs,
  progress: false,
  unfinished: true,
  awaited: true,
  whole: true
})
const ask = (everything: boolean): RefreshEffect => ({ kind: 'ask', everything })
const rest = (sinceMs: number): RefreshEffect => ({ kind: 'rest', sinceMs })
const backOff = (attempt: number, sinceMs: number): RefreshEffect => ({ kind: 'back-off', attempt, sinceMs })

describe('refresh', () => {
  test('asks at once when nobody asked before, and rests after an answer with news', () => {
    expect(run([want(0), news(10)]).effects).toEqual([ask(true), rest(10)])
  })

  test('something new is asked for alone, without the rest', () => {
    expect(run([urge]).effects).toEqual([ask(false)])
  })

  test('wishes during a question are one more question, after a pause', () => {
    const { effects } = run([want(0), want(1), want(2), news(10), due])
    expect(effects).toEqual([ask(true), null, null, backOff(1, 10), ask(true)])
  })

  test('something new during a question is asked for right after the answer', () => {
    expect(run([want(0), urge, news(10)]).effects).toEqual([ask(true), null, ask(false)])
  })

  test('also where somebody waits for it, as a rule', () => {
    const answer: RefreshEvent = {
      kind: 'answered',
      nowMs: 10,
      progress: true,
      unfinished: false,
      awaited: true,
      whole: true
    }
    expect(run([want(0), urge, answer]).effects).toEqual([ask(true), null, ask(false)])
  })

  test('what the answer left open is asked for with it', () => {
    expect(run([want(0), urge, nothingNew(10)]).effects[2]).toEqual(ask(true))
  })

  test('a wish soon after an answer waits for the pause since that answer', () => {
    expect(run([want(0), news(10), want(20)]).effects[2]).toEqual(backOff(1, 10))
    expect(run([want(0), news(10), want(10_010)]).effects[2]).toEqual(ask(true))
  })

  test('answers that tell nothing new make the pauses longer, news make them short again', () => {
    const { effects } = run([want(0), nothingNew(1), due, nothingNew(3), due, nothingNew(5), due, news(7), want(8)])
    expect(effects).toEqual([
      ask(true),
      backOff(1, 1),
      ask(true),
      backOff(2, 3),
      ask(true),
      backOff(3, 5),
      ask(true),
      rest(7),
      backOff(1, 7)
    ])
  })

  test('failures make the pauses longer, and something new waits with the rest', () => {
    const { effects } = run([want(0), failed(1), urge, due, failed(4), want(5), due, news(7)])
    expect(effects).toEqual([ask(true), backOff(1, 1), null, ask(true), backOff(2, 4), null, ask(true), rest(7)])
  })

  test('something new need not wait for the pause after an answer without news', () => {
    const { state, effects } = run([want(0), nothingNew(1), urge])
    expect(effects[2]).toEqual(ask(true))
    expect(state.phase).toBe('asked')
  })

  test('old age asks for everything', () => {
    expect(run([urge, news(1), due]).effects[2]).toEqual(ask(true))
  })

  test('nothing happens after the stop', () => {
    const { effects } = run([want(0), { kind: 'stop' }, news(1), want(2), urge, due, failed(5)])
    expect(effects).toEqual([ask(true), { kind: 'cancel' }, null, null, null, null, null])
  })

  test('in any order of events there is one question at a time, and a wish is never forgotten', () => {
    const event = fc.constantFrom('want', 'urge', 'due', 'answered', 'failed')
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean(), fc.boolean())), events => {
        let state = initialRefresh
        let asked = false
        let timer = false
        let wished = false
        let isWhole = false
        let doubled = false
        events.forEach(([kind, progress, unfinished], index) => {
          // Answers come to questions only, and timers fire when they are set.
          if ((kind === 'answered' || kind === 'failed') && !asked) return
          if (kind === 'due' && !timer) return
          if (kind === 'due') timer = false
          if (kind === 'answered' || kind === 'failed') asked = false
          if (kind === 'want') wished = true
          if (kind === 'answered' && unfinished) wished = true
          const whole = isWhole
          const step = refreshStep(state, { kind, nowMs: index, progress, unfinished, awaited: !progress, whole })
          state = step.state
          if (step.effect !== null) timer = step.effect.kind !== 'ask'
          if (step.effect?.kind === 'ask') {
            doubled ||= asked
            asked = true
            isWhole = step.effect.everything
            if (isWhole) wished = false
          }
          expect(doubled).toBe(false)
          expect(state.phase === 'asked').toBe(asked)
          // Somebody always has something to do: the broker, or the timer that asks again.
          expect(wished && !asked && !(timer && state.wanted)).toBe(false)
        })
      })
    )
  })
})
