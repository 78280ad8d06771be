// Everything that can be fuzzed.
import type { Target } from '../target.ts'
import { codecTargets } from './codecs.ts'
import { connectionTargets } from './connections.ts'
import { frameTargets } from './frames.ts'
import { recordTargets } from './records.ts'
import { responseTargets } from './responses.ts'
import { saslTargets } from './sasl.ts'

export const targets: readonly Target[] = [
  ...frameTargets,
  ...responseTargets,
  ...recordTargets,
  ...codecTargets,
  ...saslTargets,
  ...connectionTargets
]
