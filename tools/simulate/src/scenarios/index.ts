// Every scenario, in order.
import type { Scenario } from '../scenario.ts'
import { connectionScenarios } from './a-connections.ts'
import { leadershipScenarios } from './b-leadership.ts'
import { metadataScenarios, versionScenarios } from './b-metadata.ts'
import { diskScenarios, replicationScenarios } from './b-replication.ts'
import { randomScenarios } from './r-random.ts'

export const scenarios: readonly Scenario[] = [
  ...connectionScenarios,
  ...leadershipScenarios,
  ...replicationScenarios,
  ...metadataScenarios,
  ...diskScenarios,
  ...versionScenarios,
  ...randomScenarios
]
