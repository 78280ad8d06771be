// Written twice although the producer is idempotent: an identity that changed while the outcome was unknown.
import type { Plant } from '../plant.ts'

const queue = 'producer/dist/partition-queue.js'
const givingUp = 'producer/dist/queue-giving-up.js'
const verdict = 'producer/dist/verdict.js'

export const duplicates: readonly Plant[] = [
  {
    name: 'bump-renames-doubtful',
    bug: 'a new epoch gives another identity to batches that may be written',
    origin: 'KAFKA-14034',
    class: 'duplicate',
    scenarios: ['F41', 'F25', 'R2'],
    changes: [
      { file: 'producer/dist/queue-epoch.js', find: 'each.givenUp || each.everUncertain)', put: 'each.givenUp)' }
    ]
  },
  {
    name: 'no-quarantine',
    bug: 'out of order counts at once, though the dead connection may still be executed',
    origin: 'KAFKA-5793',
    class: 'duplicate',
    scenarios: ['F8', 'R1'],
    changes: [
      {
        file: 'producer/dist/queue-probing.js',
        find: 'return !everUncertain || leftMs >= ghostUntilMs',
        put: 'return true'
      }
    ]
  },
  {
    name: 'doubt-cleared-by-refusal',
    bug: 'a later refusal clears the doubt about an earlier attempt',
    origin: 'twmb/franz-go#1217',
    class: 'duplicate',
    scenarios: ['F8', 'F44', 'R1'],
    changes: [
      {
        file: queue,
        find: 'if (!verdict.certain)',
        put: 'if (verdict.certain)\n batch.everUncertain = false;\n else'
      }
    ]
  },
  {
    name: 'failed-in-flight',
    bug: 'a batch that expires in flight gives its sequence to those behind it',
    origin: 'twmb/franz-go#769, #781',
    class: 'duplicate',
    scenarios: ['F37', 'F38', 'R1'],
    changes: [{ file: givingUp, find: 'if (batch.inFlight || (batch.everUncertain', put: 'if ((batch.everUncertain' }]
  },
  {
    name: 'rebuilt-on-retry',
    bug: 'a retry is built anew, with other boundaries',
    origin: 'confluentinc/librdkafka#4736, #4750',
    class: 'duplicate',
    scenarios: ['F1', 'F15'],
    changes: [
      {
        file: queue,
        find: 'const { cause, refresh } = verdict;',
        put: "const { cause, refresh } = verdict;\n if (batch.recordCount > 1) batch.remake = 'split';"
      }
    ]
  },
  {
    name: 'compressed-again',
    bug: 'a retry compresses what is compressed',
    origin: 'dpkp/kafka-python#718',
    class: 'duplicate',
    scenarios: ['F1', 'F2', 'F49'],
    changes: [
      {
        file: 'producer/dist/batch.js',
        find: 'const identity = this.identity ?? noIdentity;',
        put: `const identity = this.identity ?? noIdentity;
          if (this.attempts > 1 && this.#compressed) {
            const twice = this.profile.codec.compress(this.packedRecords);
            if (twice instanceof Uint8Array && BATCH_HEADER_BYTES + twice.byteLength <= this.#packed.byteLength) {
              this.#packed.set(twice, BATCH_HEADER_BYTES);
              this.#packedBytes = BATCH_HEADER_BYTES + twice.byteLength;
            }
          }`
      }
    ]
  },
  {
    name: 'split-in-doubt',
    bug: 'a batch that may be written is split because a later attempt was too large',
    origin: 'apache/kafka (code)',
    class: 'duplicate',
    scenarios: ['F44'],
    changes: [{ file: queue, find: 'if (batch.everUncertain || !canBeRemade', put: 'if (!canBeRemade' }]
  },
  {
    name: 'refused-after-append',
    bug: 'not leader, after the append, is called not persisted',
    origin: 'confluentinc/librdkafka (code)',
    class: 'duplicate',
    scenarios: ['F20'],
    changes: [{ file: verdict, find: 'return rules.trustBaseOffset && baseOffset < 0n;', put: 'return true;' }]
  },
  {
    name: 'storage-error-certain',
    bug: 'a storage error is called not persisted',
    origin: 'confluentinc/librdkafka (code)',
    class: 'duplicate',
    scenarios: ['F34', 'F20'],
    changes: [{ file: verdict, find: "[errorCodes.KAFKA_STORAGE_ERROR, { evidence: 'U'", put: "[56, { evidence: 'N'" }]
  },
  {
    name: 'chosen-again',
    bug: 'a retry chooses another partition',
    origin: 'zendesk/ruby-kafka#956, kafkajs (code)',
    class: 'duplicate',
    scenarios: ['F1', 'F24', 'R1'],
    changes: [
      {
        file: 'producer/dist/outcomes.js',
        find: 'this.#parts.counters.retries++;',
        put: `this.#parts.counters.retries++;
          const { batches } = partition.state;
          const { partitions } = partition.topic;
          const other = partitions[(partition.index + 1) % partitions.length];
          let isPinned = partition.state.inFlight > 0 || other.state.inFlight > 0 || !batches.includes(batch);
          batch.owners.each((operation, index) => {
            isPinned ||= operation.messages[index]?.partition !== undefined;
          });
          if (!isPinned) {
            batches.splice(batches.indexOf(batch), 1);
            batch.sequence = -1;
            batch.identity = null;
            other.state.batches.splice(0, 0, batch);
            this.#parts.accumulator.activate(other);
            this.wake(other);
          }`
      }
    ]
  },
  {
    name: 'unknown-error-certain',
    bug: "a broker's unknown error is called not persisted",
    origin: 'redpanda-data/redpanda#5355',
    class: 'duplicate',
    scenarios: ['F20'],
    changes: [{ file: verdict, find: "[errorCodes.UNKNOWN_SERVER_ERROR, { evidence: 'U'", put: "[-1, { evidence: 'N'" }]
  }
]
