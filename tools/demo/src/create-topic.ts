// Makes a topic with Sluice's own CreateTopics, for clusters that do not make topics by themselves.
import { composeBase } from '@sluice/base/parts'
import { brokerError, createTopicsApi } from '@sluice/protocol'

const limitMs = 30_000

/** Replicated as the cluster's brokers are configured. Fails with the broker's own words. */
export async function createTopic(brokers: readonly string[], name: string, partitions: number): Promise<void> {
  const { clock, requests, connections, stop } = composeBase({ bootstrapBrokers: brokers, clientId: 'sluice-demo' })
  const topic = { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs: [] }
  try {
    await new Promise<void>((resolve, reject) => {
      requests.ask(
        createTopicsApi,
        { topics: [topic], timeoutMs: limitMs / 2 },
        {
          to: 'any',
          deadlineMs: clock.monotonicMs() + limitMs,
          retries: 5,
          check: ({ topics }) => {
            const [answer] = topics
            if (answer === undefined || answer.errorCode === 0) return null
            return brokerError(answer.errorCode, { topic: name, detail: answer.errorMessage })
          }
        },
        (...[error]) => (error === null ? resolve() : reject(error))
      )
    })
  } finally {
    stop()
    await connections.close()
  }
}
