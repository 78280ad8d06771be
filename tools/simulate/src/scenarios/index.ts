// Every scenario, in order.
import type { Scenario } from '../scenario.ts'
import { connectionScenarios } from './a-connections.ts'

export const scenarios: readonly Scenario[] = [...connectionScenarios]
