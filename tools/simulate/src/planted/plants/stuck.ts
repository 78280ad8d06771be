// Stuck, or late: states without a way out, records that belong to a broker, retries without an end.
import type { Plant } from '../plant.ts'

const queue = 'producer/dist/partition-queue.js'
const sender = 'producer/dist/sender.js'
const leaderLink = 'producer/dist/leader-link.js'
const channel = 'connection/dist/channel.js'

export const stuck: readonly Plant[] = [
  {
    name: 'expiry-in-flight-unresolved',
    bug: 'a batch that expires on its first try is forgotten, and those behind it are refused for ever',
    origin: 'apache/kafka (code)',
    class: 'stuck',
    scenarios: ['F38', 'F37'],
    changes: [
      {
        file: 'producer/dist/queue-giving-up.js',
        find: 'if (batch.inFlight || (batch.everUncertain',
        put: `if (batch.inFlight && batch.attempts === 1) {
            step.state.batches.splice(step.state.batches.indexOf(batch), 1);
            step.state.staged--;
          }
          else if (batch.inFlight || (batch.everUncertain`
      }
    ]
  },
  {
    name: 'gap-after-failure',
    bug: 'the sequences of a batch that failed for certain are never written, and what follows is out of order',
    origin: 'confluentinc/librdkafka#2163, confluent-kafka-dotnet#704',
    class: 'stuck',
    scenarios: ['F45', 'F37'],
    changes: [
      {
        file: 'producer/dist/queue-giving-up.js',
        find: 'state.gapAt = state.gapAt < 0 ? batch.sequence',
        put: 'state.draining = state.gapAt < 0 ? true'
      }
    ]
  },
  {
    name: 'endless-split',
    bug: 'a batch that is too large is split into itself',
    origin: 'KAFKA-8350, KAFKA-8202',
    class: 'stuck',
    scenarios: ['F43'],
    changes: [
      {
        file: 'producer/dist/rebatch.js',
        find: 'const middle = Math.ceil(batch.recordCount / 2);',
        put: 'return [part(batch, records, successor(batch, memory), () => true)];\n const middle = batch.recordCount;'
      }
    ]
  },
  {
    name: 'timeout-keeps-socket',
    bug: 'a request that is not answered ends, and its connection is used on',
    origin: 'tulios/kafkajs PR #1783',
    class: 'stuck',
    scenarios: ['F7', 'F15'],
    changes: [
      {
        file: channel,
        find: 'this.destroy(new TimeoutError(message, { operation, limitMs }), exchange);',
        put: `for (const each of this.inFlight.clear()) {
            const late = { ...each, api: each.api, version: each.version, correlationId: each.correlationId,
              timeoutMs: Infinity, handedOver: true, succeed() {}, fail() {}, release() {} };
            this.inFlight.push(late);
            each.fail(new TimeoutError(message, { operation, limitMs }));
          }`
      }
    ]
  },
  {
    name: 'no-backoff-at-one-leader',
    bug: 'a leader that says it is none is asked again at once, for ever',
    origin: 'confluentinc/librdkafka#1313',
    class: 'stuck',
    scenarios: ['F33', 'F21'],
    changes: [
      {
        file: 'producer/dist/consequences.js',
        find: "return retryDelay({ operation: 'Produce'",
        put: "if (cause instanceof BrokerError && cause.errorCode === notLeader) return 0;\n return retryDelay({ operation: 'Produce'"
      }
    ]
  },
  {
    name: 'parked-at-the-old-leader',
    bug: 'records wait for the broker that they were meant for, though another one leads',
    origin: 'confluentinc/librdkafka#1432, #1913, #2226',
    class: 'stuck',
    scenarios: ['F7', 'F22a', 'F23'],
    changes: [
      {
        file: 'producer/dist/broker-sender.js',
        find: 'for (const partition of this.#collector.unlist()) {\n            for (const batch',
        put: 'for (const partition of []) {\n            for (const batch'
      },
      {
        file: 'producer/dist/shipment-collector.js',
        find: 'if (this.#parts.leaderOf(next) === this.#leader.nodeId)',
        put: 'if (true)'
      }
    ]
  },
  {
    name: 'deadline-from-timestamp',
    bug: 'the time of a record is counted from its timestamp',
    origin: 'twmb/franz-go (code)',
    class: 'stuck',
    scenarios: ['F60', 'F17'],
    changes: [
      {
        file: 'producer/dist/send-operation.js',
        find: 'return this.startedAt.monotonicMs +',
        put: `const { timestamp } = this.messages[0] ?? {};
          if (typeof timestamp === 'number') this.ageMs = this.startedAt.epochMs - timestamp;
          return this.startedAt.monotonicMs - (this.ageMs ?? 0) +`
      }
    ]
  },
  {
    name: 'retries-outlive-deadline',
    bug: 'retries have a budget of their own, and the deadline has to wait',
    origin: 'platformatic/kafka#402',
    class: 'stuck',
    scenarios: ['F20', 'F38', 'F37'],
    changes: [
      { file: queue, find: 'each.deadlineMs <= nowMs)', put: 'each.attempts === 0 && each.deadlineMs <= nowMs)' },
      {
        file: sender,
        find: 'nextMs = Math.min(nextMs, batch.deadlineMs);',
        put: 'if (batch.attempts === 0) nextMs = Math.min(nextMs, batch.deadlineMs);'
      }
    ]
  },
  {
    name: 'timer-before-io',
    bug: 'after a blocked event loop requests time out whose answers lie there',
    origin: 'SOHU-Co/kafka-node#1019, #1220',
    class: 'stuck',
    scenarios: ['F16'],
    changes: [{ file: 'connection/dist/watchdog.js', find: 'this.#lookAgain(patience);', put: 'this.#onDue();' }]
  },
  {
    name: 'stranded-after-close',
    bug: 'a send after close is taken, and never ends',
    origin: 'twmb/franz-go v1.21',
    class: 'stuck',
    scenarios: ['F58'],
    changes: [{ file: 'producer/dist/produce-calls.js', find: 'if (this.#closing)\n', put: 'if (false)\n' }]
  },
  {
    name: 'epoch-without-sequence-0',
    bug: 'a partition with nothing in flight goes on counting under a new epoch',
    origin: 'KAFKA-12152, thomhurst/Dekaf#3342',
    class: 'stuck',
    scenarios: ['F40', 'F25', 'R2'],
    changes: [
      {
        file: 'producer/dist/queue-identity.js',
        find: 'state.epochBase = state.nextSequence;',
        put: 'if (state.batches.some(each => each.attempts > 0)) state.epochBase = state.nextSequence;'
      }
    ]
  },
  {
    name: 'damage-retried-for-ever',
    bug: 'a damaged batch is sent again and again',
    origin: 'apache/kafka (code)',
    class: 'stuck',
    scenarios: ['F46'],
    changes: [
      {
        file: 'producer/dist/verdict.js',
        find: "[errorCodes.CORRUPT_MESSAGE, { evidence: 'N', action: 'retry', cap: 3",
        put: "[2, { evidence: 'N', action: 'retry', cap: Infinity"
      }
    ]
  },
  {
    name: 'epoch-wraps',
    bug: 'behind the last epoch comes epoch 0 of the same producer id',
    origin: 'confluentinc/librdkafka (code), thomhurst/Dekaf#3341',
    class: 'stuck',
    scenarios: ['F40'],
    changes: [
      {
        file: 'producer/dist/queue-identity.js',
        find: 'state.identity !== null && usedEpoch(state, state.identity.producerId) < lastEpoch',
        put: 'state.identity !== null'
      },
      {
        file: 'producer/dist/queue-identity.js',
        find: 'producerEpoch: usedEpoch(state, producerId) + 1 }, state',
        put: 'producerEpoch: (usedEpoch(state, producerId) + 1) & lastEpoch }, state'
      }
    ]
  },
  {
    name: 'waiters-deadlock',
    bug: 'who waits for memory waits for a linger that keeps it',
    origin: 'twmb/franz-go#832, v1.17.1',
    class: 'stuck',
    scenarios: ['F54'],
    changes: [{ file: sender, find: 'this.#hurries > 0 || parts.hasWaiting()', put: 'this.#hurries > 0' }]
  },
  {
    name: 'close-has-no-deadline',
    bug: 'close waits for what never ends',
    origin: 'tulios/kafkajs#1167',
    class: 'stuck',
    scenarios: ['F57'],
    changes: [
      {
        file: 'producer/dist/close.js',
        find: 'const timer = base.clock.after(limitMs, abandon);',
        put: 'const timer = base.clock.after(limitMs, () => {});'
      }
    ]
  },
  {
    name: 'no-refresh-after-disconnect',
    bug: 'a lost connection leaves the picture of the cluster as it is',
    origin: 'tulios/kafkajs#950, #302, platformatic/kafka#377',
    class: 'stuck',
    scenarios: ['F7'],
    changes: [
      {
        file: 'producer/dist/verdict.js',
        find: "return { kind: 'retry', cause, refresh: true, certain,",
        put: "return { kind: 'retry', cause, refresh: false, certain,"
      },
      {
        file: 'base/dist/compose.js',
        find: 'router.failed(connection.address);\n        metadata.refresh();',
        put: 'router.failed(connection.address);'
      },
      { file: leaderLink, find: 'metadata.refresh();', put: '' },
      { file: 'base/dist/metadata-owner.js', find: 'this.#doubts.lost(nodeId);\n        this.refresh();', put: '' }
    ]
  }
]
