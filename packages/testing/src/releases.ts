// What brokers of older releases offer, for clients that must get on with them.
import type { ApiName, VersionLimits } from './broker-apis.ts'
import { checkName } from './checks.ts'

export type KafkaRelease = '2.1' | '2.4' | '2.8' | '3.3' | '3.7' | '3.9' | '4.0' | '4.1'

const releases: readonly KafkaRelease[] = ['2.1', '2.4', '2.8', '3.3', '3.7', '3.9', '4.0', '4.1']

/**
 * The newest version in each of the releases above, in their order.
 *
 * @see apache/kafka clients/src/main/resources/common/message, at each release's tag
 */
const newest: { readonly [Name in ApiName]?: readonly number[] } = {
  Produce: [7, 8, 9, 9, 10, 11, 12, 13],
  Metadata: [7, 9, 11, 12, 12, 12, 13, 13],
  FindCoordinator: [2, 3, 3, 4, 4, 6, 6, 6],
  ApiVersions: [2, 3, 3, 3, 3, 4, 4, 4],
  InitProducerId: [1, 2, 4, 4, 4, 5, 5, 5],
  CreateTopics: [3, 5, 7, 7, 7, 7, 7, 7],
  SaslAuthenticate: [0, 1, 2, 2, 2, 2, 2, 2]
}

/** For the `versions` option: the cluster then offers what brokers of this release do. APIs of consumers stay as they are. */
export function versionsOf(release: KafkaRelease): VersionLimits {
  checkName('release', release, releases)
  const at = releases.indexOf(release)
  return Object.fromEntries(Object.entries(newest).map(([name, versions]) => [name, { max: versions[at]! }]))
}
