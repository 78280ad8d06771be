// Unit tests of states.ts: every state meets every event.
import type { ConnectionState } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { nextState, transitions, type ConnectionEvent } from './states.ts'

const events: ConnectionEvent[] = ['opened', 'reopened', 'authenticating', 'prepared', 'closing', 'closed']
const states: ConnectionState[] = ['connecting', 'negotiating', 'authenticating', 'ready', 'draining', 'closed']

describe('connection states', () => {
  test('are as the drawing says', () => {
    const rows = states.map(state => events.map(event => nextState(state, event) ?? '-').join(' '))
    expect(rows).toEqual([
      'negotiating connecting - - - closed',
      '- connecting authenticating ready - closed',
      '- connecting - ready draining closed',
      '- - authenticating - draining closed',
      '- - - - - closed',
      '- - - - - -'
    ])
  })

  test('none is without an end: closed can be reached from each, and nothing follows it', () => {
    for (const state of states) expect(state === 'closed' || transitions[state].closed === 'closed').toBe(true)
    expect(transitions.closed).toEqual({})
  })
})
