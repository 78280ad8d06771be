// What differs between the releases of Apache Kafka that can be started here.
import { UsageError } from './failures.ts'

export const defaultVersion = '4.3.1'

/** First release whose KRaft mode was declared ready for production. */
const oldest = '3.3.0'

export interface Release {
  readonly version: string
  /** Lowest Java that runs the broker. */
  readonly java: number
  /** slf4j binding, which Kafka's own POM leaves to the distribution. */
  readonly logging: {
    readonly artifact: string
    /** Files in `config`, and the system property that names one. */
    readonly configuration: string
    readonly quiet: string
    readonly option: string
  }
  /** `format` can write SCRAM credentials (KIP-900); before that KRaft has none. */
  readonly scram: boolean
  /** `format` takes `--feature`. */
  readonly features: boolean
  readonly shareGroups: boolean
  /** How the console consumer's formatter is given a property; the older name is complained about on standard output. */
  readonly formatterOption: string
}

const log4j2: Release['logging'] = {
  artifact: 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.5',
  configuration: 'log4j2.properties',
  quiet: 'log4j2-quiet.properties',
  option: 'log4j2.configurationFile'
}

const reload4j: Release['logging'] = {
  artifact: 'org.slf4j:slf4j-reload4j:1.7.36',
  configuration: 'log4j.properties',
  quiet: 'log4j-quiet.properties',
  option: 'log4j.configuration'
}

const log4j: Release['logging'] = { ...reload4j, artifact: 'org.slf4j:slf4j-log4j12:1.7.30' }

/** Whether a release needs ZooKeeper here, though it may have an unfinished KRaft mode. */
export function needsZooKeeper(version: string): boolean {
  return numberOf(version) < 3000
}

/** Of a release that needs ZooKeeper. @throws UsageError for one that is older than clients of today may be */
export function zooKeeperReleaseOf(version: string): Release {
  if (numberOf(version) < 2001)
    throw new UsageError(`Apache Kafka ${version} is too old for clients of today (KIP-896)`)
  const lacking = { scram: true, features: false, shareGroups: false, formatterOption: '--property' }
  return { version, java: 8, logging: log4j, ...lacking }
}

/** @throws UsageError for anything but three numbers, and for releases without a finished KRaft mode */
export function releaseOf(version: string): Release {
  const number = numberOf(version)
  if (number < 3003) {
    throw new UsageError(`Apache Kafka ${version} has no finished KRaft mode; the oldest that starts here is ${oldest}`)
  }
  const four = number >= 4000
  return {
    version,
    java: four ? 17 : 11,
    logging: four ? log4j2 : reload4j,
    scram: number >= 3005,
    features: four,
    shareGroups: four,
    formatterOption: number >= 4002 ? '--formatter-property' : '--property'
  }
}

/** 4003 for 4.3.1. */
function numberOf(version: string): number {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)
  if (parts === null) throw new UsageError(`Not a version of Apache Kafka: ${version} (for example ${defaultVersion})`)
  return Number(parts[1]) * 1000 + Number(parts[2])
}
