// Every scenario, in order.
import type { Scenario } from '../scenario.ts'
import { connectionScenarios } from './a-connections.ts'
import { leadershipScenarios } from './b-leadership.ts'
import { metadataScenarios, versionScenarios } from './b-metadata.ts'
import { diskScenarios, replicationScenarios } from './b-replication.ts'
import { batchScenarios } from './c-batches.ts'
import { refusalScenarios } from './c-refusals.ts'
import { sequencingScenarios, timeoutScenarios } from './c-sequencing.ts'
import { ignoredScenarios, lifecycleScenarios } from './d-lifecycle.ts'
import { extremeScenarios, pressureScenarios } from './d-pressure.ts'
import { authenticationScenarios } from './e-auth.ts'
import { negotiationScenarios } from './e-versions.ts'
import { callbackScenarios } from './p-callbacks.ts'
import { goneScenarios } from './p-gone.ts'
import { identityScenarios } from './p-identities.ts'
import { messageScenarios } from './p-messages.ts'
import { placingScenarios } from './p-placing.ts'
import { turnScenarios } from './p-turns.ts'
import { randomScenarios } from './r-random.ts'

export const scenarios: readonly Scenario[] = [
  ...connectionScenarios,
  ...leadershipScenarios,
  ...replicationScenarios,
  ...metadataScenarios,
  ...diskScenarios,
  ...versionScenarios,
  ...sequencingScenarios,
  ...refusalScenarios,
  ...batchScenarios,
  ...timeoutScenarios,
  ...pressureScenarios,
  ...lifecycleScenarios,
  ...extremeScenarios,
  ...ignoredScenarios,
  ...authenticationScenarios,
  ...negotiationScenarios,
  ...identityScenarios,
  ...turnScenarios,
  ...placingScenarios,
  ...messageScenarios,
  ...goneScenarios,
  ...callbackScenarios,
  ...randomScenarios
]
