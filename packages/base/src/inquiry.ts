// One asking for metadata: a question for what must not be created, and one for what may be, side by side.
import type { BrokerAddress, KafkaError } from '@sluice/core'
import { metadataApi, type MetadataRequest, type MetadataResponse } from '@sluice/protocol'
import type { BrokerConnections } from './pool.ts'
import { Round, type RoundFailure } from './round.ts'
import type { Router } from './route.ts'

export interface InquiryParts<Accepted> {
  readonly pool: BrokerConnections
  readonly router: Router
  /** Keys of brokers to ask only if nobody else answers. */
  readonly last: ReadonlySet<string>
  /** An error sends the question on to another broker. */
  judge(response: MetadataResponse, from: BrokerAddress): KafkaError | Accepted
  answered(accepted: Accepted, from: BrokerAddress, asked: readonly string[]): void
  /** After everything else. Null: all questions were answered. */
  ended(failure: RoundFailure | null, isAnyAnswered: boolean): void
}

export interface InquiryPlan {
  readonly topics: readonly string[]
  /** Of these, brokers may make those that are missing. */
  readonly creating: readonly string[]
}

export class Inquiry<Accepted extends object> {
  readonly #parts: InquiryParts<Accepted>
  readonly #rounds: Round<MetadataRequest, MetadataResponse>[] = []
  #left = 0
  #answered = false
  #failure: RoundFailure | null = null
  #open = true

  constructor(parts: InquiryParts<Accepted>) {
    this.#parts = parts
  }

  start({ topics, creating }: InquiryPlan): void {
    // A question without topics still tells the brokers.
    if (topics.length > 0 || creating.length === 0) this.#ask(topics, false)
    if (creating.length > 0) this.#ask(creating, true)
    this.#left = this.#rounds.length
    for (const round of this.#rounds) round.start()
  }

  cancel(): void {
    this.#open = false
    for (const round of this.#rounds) round.cancel()
  }

  #ask(topics: readonly string[], allowAutoTopicCreation: boolean): void {
    const { pool, router, last } = this.#parts
    const request: MetadataRequest = { topics: topics.map(name => ({ name })), allowAutoTopicCreation }
    let accepted: Accepted | undefined
    const check = (response: MetadataResponse, from: BrokerAddress): KafkaError | null => {
      const judged = this.#parts.judge(response, from)
      if (judged instanceof Error) return judged
      accepted = judged
      return null
    }
    const round = new Round(
      pool,
      router,
      { api: metadataApi, request, to: 'any', last, check },
      {
        answered: ({ from }) => {
          this.#answered = true
          this.#parts.answered(accepted!, from, topics)
          this.#end()
        },
        failed: failure => {
          this.#failure = failure
          this.#end()
        }
      }
    )
    this.#rounds.push(round)
  }

  #end(): void {
    this.#left--
    if (this.#open && this.#left === 0) this.#parts.ended(this.#failure, this.#answered)
  }
}
