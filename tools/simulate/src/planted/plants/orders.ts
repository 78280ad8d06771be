// Written in another order than sent: more in flight than may be, retries at the tail, leaders that change without a drain.
import type { Plant } from '../plant.ts'

const departure = 'producer/dist/queue-departure.js'
const queue = 'producer/dist/partition-queue.js'

export const orders: readonly Plant[] = [
  {
    name: 'window-open-before-proof',
    bug: 'five batches are in flight before the broker has shown that it knows us',
    origin: 'KAFKA-15591, KAFKA-14312, librdkafka#3584',
    class: 'order',
    scenarios: ['F26', 'F27'],
    changes: [{ file: departure, find: 'state.provenRoute === departure.route &&', put: 'state.stopped === null &&' }]
  },
  {
    name: 'proof-lasts-for-ever',
    bug: 'after an idle hour five batches go out at once to a broker that forgot us',
    origin: 'redpanda-data/redpanda#22670',
    class: 'order',
    scenarios: ['F27'],
    changes: [{ file: departure, find: 'const proofLastsMs = 300_000;', put: 'const proofLastsMs = Infinity;' }]
  },
  {
    name: 'more-than-five',
    bug: 'more batches are in flight than a broker remembers',
    origin: 'KAFKA-5494',
    class: 'order',
    scenarios: ['F19', 'F37', 'F8'],
    changes: [{ file: departure, find: 'export const mostStaged = 5;', put: 'export const mostStaged = 10;' }]
  },
  {
    name: 'retry-at-the-tail',
    bug: 'what is sent again comes behind what is newer',
    origin: 'confluentinc/librdkafka#1092, IBM/sarama#2619',
    class: 'order',
    scenarios: ['F2', 'F24'],
    changes: [
      {
        file: queue,
        find: 'const { cause, refresh } = verdict;',
        put: `const { cause, refresh } = verdict;
          if (batch.sequence < 0) {
            const { batches } = step.state;
            batches.splice(batches.indexOf(batch), 1);
            batches.push(batch);
          }`
      }
    ]
  },
  {
    name: 'new-leader-at-once',
    bug: 'a new leader gets batches before the old one has answered; both of our defences are taken away',
    origin: 'thomhurst/Dekaf#1670, confluentinc/confluent-kafka-go#921',
    class: 'order',
    scenarios: ['F19', 'F21'],
    changes: [
      { file: departure, find: 'if (state.inFlight > 0 && state.route !== departure.route)', put: 'if (false)' },
      { file: departure, find: 'state.provenRoute === departure.route &&', put: 'state.provenRoute > 0 &&' }
    ]
  }
]
