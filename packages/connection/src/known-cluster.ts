// What a pool knows of its cluster, so that its connections can say which broker they mean (KIP-1242).
import type { BrokerAddress } from '@sluice/core'
import { apiVersionsApi } from '@sluice/protocol'
import type { VersionTable } from './negotiation.ts'

/** As ApiVersions asks it: both, or neither. */
export interface MeantBroker {
  readonly clusterId: string | null
  readonly nodeId: number
}

/** The first version in which ApiVersions names a broker. */
export const meaningVersion = 5

const nobody: MeantBroker = { clusterId: null, nodeId: -1 }

export class KnownCluster {
  /** Null until metadata has told. */
  id: string | null = null
  #looks = false

  /** A broker of the cluster has said what it speaks. */
  learn(versions: VersionTable): void {
    const range = versions.get(apiVersionsApi.key)
    if (range !== undefined && range.max >= meaningVersion) this.#looks = true
  }

  /**
   * Whom a connection to this address means. Nobody for a bootstrap address, which may lead to any broker, and nobody as
   * long as no broker of the cluster was found to look at it: the question would cost a round trip more for nothing.
   */
  meantBy({ nodeId }: BrokerAddress): MeantBroker {
    if (nodeId === undefined || this.id === null || !this.#looks) return nobody
    return { clusterId: this.id, nodeId }
  }
}
