// Lost, and told as a success: sequences given to other records, acknowledgements of something else.
import type { Plant } from '../plant.ts'

const queue = 'producer/dist/partition-queue.js'
const departure = 'producer/dist/queue-departure.js'

export const losses: readonly Plant[] = [
  {
    name: 'sequence-given-back',
    bug: 'after an uncertain failure other records get the same sequence',
    origin: 'tulios/kafkajs (code)',
    class: 'loss',
    scenarios: ['F8', 'F37'],
    changes: [
      {
        file: 'producer/dist/queue-giving-up.js',
        find: 'if (batch.inFlight || (batch.everUncertain && batch.sequence >= 0))',
        put: 'if (batch.inFlight)'
      }
    ]
  },
  {
    name: 'sequences-interleave',
    bug: 'batches sent together get the same sequence, and all but one vanish as duplicates',
    origin: 'tulios/kafkajs#598, platformatic/kafka#326',
    class: 'loss',
    scenarios: ['F50', 'F19', 'R1'],
    changes: [
      { file: departure, find: 'state.nextSequence += batch.recordCount;', put: '' },
      {
        file: queue,
        find: 'state.ackedEnd = batch.sequence + batch.recordCount;',
        put: 'state.ackedEnd = state.nextSequence = batch.sequence + batch.recordCount;'
      }
    ]
  },
  {
    name: 'state-dropped-with-topic',
    bug: 'metadata says for a moment that the topic is missing, and its sequences begin anew',
    origin: 'confluentinc/librdkafka 1.9.0',
    class: 'loss',
    scenarios: ['F30'],
    changes: [
      {
        file: 'base/dist/snapshot-merge.js',
        find: "merged.incomplete ||= verdict.kind !== 'failed';",
        put: "merged.incomplete ||= verdict.kind !== 'failed';\n if (verdict.kind === 'missing') merged.topics.delete(name);"
      },
      {
        file: 'producer/dist/sender.js',
        find: 'const gone = this.#parts.metadata.missing(topic.name);',
        put: 'topic.info = null; topic.partitions = [];\n const gone = this.#parts.metadata.missing(topic.name);'
      }
    ]
  },
  {
    name: 'zombie-ack',
    bug: 'an earlier success stands in for the answer of a deposed leader',
    origin: 'tulios/kafkajs PR #1798',
    class: 'loss',
    scenarios: ['F19', 'F20'],
    changes: [
      {
        file: 'producer/dist/broker-sender.js',
        find: 'const verdict = isAcknowledged ? acknowledged(answer)',
        put: `if (isAcknowledged) partition.zombie = answer;
              const verdict = isAcknowledged ? acknowledged(answer)
              : answer?.errorCode === 6 && partition.zombie ? acknowledged(partition.zombie)`
      }
    ]
  },
  {
    name: 'answers-not-matched',
    bug: 'whatever answer comes next is taken for the one that is due',
    origin: 'platformatic/kafka (code)',
    class: 'loss',
    scenarios: ['F12'],
    changes: [
      {
        file: 'connection/dist/channel.js',
        find: 'if (id !== head.correlationId || !head.handedOver)',
        put: 'if (!head.handedOver)'
      }
    ]
  },
  {
    name: 'flush-before-halves',
    bug: 'flush is over when a batch is split, before its halves are settled',
    origin: 'KAFKA-19479, KAFKA-9312',
    class: 'loss',
    scenarios: ['F43', 'F56'],
    changes: [
      {
        file: 'producer/dist/remaker.js',
        find: "if (order.how === 'split')",
        put: `batch.owners.each(operation => operation.onSplit(operation));
          if (order.how === 'split')`
      },
      {
        file: 'producer/dist/send-operation.js',
        find: 'this.number = call.number;',
        put: 'this.number = call.number; this.onSplit = call.surroundings.onSplit;'
      },
      {
        file: 'producer/dist/produce-calls.js',
        find: 'onSettled: this.#onSettled,',
        put: `onSettled: this.#onSettled,
          onSplit: operation => {
            if (operation.isFlushed || this.#flushes.length === 0) return;
            operation.isFlushed = true;
            this.#countFlushes(operation);
          },`
      },
      {
        file: 'producer/dist/produce-calls.js',
        find: 'if (this.#flushes.length > 0)\n',
        put: 'if (this.#flushes.length > 0 && !operation.isFlushed)\n'
      }
    ]
  },
  {
    name: 'bogus-offsets',
    bug: 'offsets are counted from -1 when the broker does not say where a duplicate is',
    origin: 'twmb/franz-go#846',
    class: 'loss',
    scenarios: ['F42'],
    changes: [
      {
        file: 'producer/dist/offset.js',
        find: 'if (offset < 0n)\n        return -1n;',
        put: ''
      }
    ]
  },
  {
    name: 'retry-without-sequence',
    bug: 'what is sent again has no sequence',
    origin: 'IBM/sarama#3354',
    class: 'loss',
    scenarios: ['F1', 'F24'],
    changes: [
      {
        file: 'producer/dist/batch.js',
        find: 'baseSequence: this.identity === null ? -1',
        put: 'baseSequence: this.identity === null || this.attempts > 1 ? -1'
      }
    ]
  },
  {
    name: 'sequence-negative',
    bug: 'behind 2^31 - 1 sequences are negative',
    origin: 'twmb/franz-go#216, linkedin/brooklin#898',
    class: 'loss',
    scenarios: ['F39'],
    changes: [{ file: 'producer/dist/sequence.js', find: '% wireModulus;', put: '| 0;' }]
  },
  {
    name: 'sequence-wraps-to-0',
    bug: 'behind a batch that crosses 2^31 - 1 comes sequence 0, whatever is left over',
    origin: 'tulios/kafkajs (code)',
    class: 'loss',
    scenarios: ['F39'],
    changes: [
      {
        file: departure,
        find: 'state.nextSequence += batch.recordCount;',
        put: `state.nextSequence += batch.recordCount;
          const left = wireSequence(state.nextSequence, state.epochBase);
          if (left < batch.wireSequence) state.epochBase += left;`
      }
    ]
  }
]
