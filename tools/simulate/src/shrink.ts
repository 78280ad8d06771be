// Makes a failing story short: takes events away as long as the same claim fails.
import type { Violation } from './oracle/claims.ts'
import type { Scenario } from './scenario.ts'
import { judgePlan } from './simulate.ts'
import { endOf, type Plan, type StoryEvent } from './story.ts'

const mostRuns = 400

/** The shortest story found in which the same claim fails. */
export async function shrink(scenario: Scenario, plan: Plan, like: Violation): Promise<Plan> {
  // Taking events away must not move the end of the story.
  const healAtMs = endOf(plan)
  let runs = 0
  const fails = async (events: readonly StoryEvent[]): Promise<boolean> => {
    if (++runs > mostRuns) return false
    const { violations } = await judgePlan(scenario, { ...plan, healAtMs, events })
    return violations.some(violation => kindOf(violation) === kindOf(like))
  }
  let events = plan.events
  for (let size = Math.ceil(events.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < events.length;) {
      const rest = [...events.slice(0, from), ...events.slice(from + size)]
      if (rest.length < events.length && (await fails(rest))) events = rest
      else from += size
    }
  }
  events = await withFewerCallbacks(events, fails)
  events = await withFewerMessages(events, fails)
  return { ...plan, healAtMs, events }
}

async function withFewerCallbacks(
  events: readonly StoryEvent[],
  fails: (events: readonly StoryEvent[]) => Promise<boolean>
): Promise<readonly StoryEvent[]> {
  let shortest = events
  for (const [place, event] of events.entries()) {
    if (event.kind !== 'send' || event.inCallback === undefined) continue
    const candidate = shortest.with(place, { ...event, inCallback: undefined })
    if (await fails(candidate)) shortest = candidate
  }
  return shortest
}

async function withFewerMessages(
  events: readonly StoryEvent[],
  fails: (events: readonly StoryEvent[]) => Promise<boolean>
): Promise<readonly StoryEvent[]> {
  let shortest = events
  for (let place = 0; place < shortest.length; place++) {
    const event = shortest[place]!
    if (event.kind !== 'send') continue
    for (let kept = event.messages; kept.length > 1;) {
      kept = kept.slice(0, -1)
      const candidate = shortest.with(place, { ...event, messages: kept })
      if (!(await fails(candidate))) break
      shortest = candidate
    }
  }
  return shortest
}

/** Its id and its words, whatever the numbers in it. */
function kindOf({ id, text }: Violation): string {
  return `${id} ${text.slice(0, 200).replaceAll(/[^a-z ]+/gi, '#')}`
}
