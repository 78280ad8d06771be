// What a pool knows of its cluster, so that its connections can say which broker they mean (KIP-1242).
import { ConnectionError, foreignText, type BrokerAddress } from '@sluice/core'
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
  #id: string | null = null
  #looks = false

  /** Null until metadata has told. */
  get id(): string | null {
    return this.#id
  }

  /**
   * Once known it stays. Story: two clients of two clusters share a pool, and both clusters have a node 1. The second one's
   * metadata moves node 1, and what the first one sends next is appended to the other cluster's log.
   *
   * @param id null: not known
   * @throws ConnectionError for another one than before
   */
  tell(id: string | null): void {
    if (id !== null && this.#id !== null && id !== this.#id) {
      const message = `The pool has connections to cluster ${foreignText(this.#id)}, not to ${foreignText(id)}: each cluster needs a pool of its own`
      throw new ConnectionError(message, { problem: 'wrong-cluster' })
    }
    this.#id ??= id
  }

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
    if (nodeId === undefined || this.#id === null || !this.#looks) return nobody
    return { clusterId: this.#id, nodeId }
  }
}
