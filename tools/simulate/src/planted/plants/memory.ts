// Bytes at the wrong place, or not counted: memory that is used again, topics of the same name, sockets that do not drain.
import type { Plant } from '../plant.ts'

export const memory: readonly Plant[] = [
  {
    name: 'topic-id-ignored',
    bug: 'a topic that was made again is taken for the one before it',
    origin: 'confluentinc/librdkafka#4898, #4976',
    class: 'destination',
    scenarios: ['F29'],
    changes: [
      { file: 'producer/dist/accumulator.js', find: 'info.id !== noTopicId && info.id !== this.#id;', put: 'false;' },
      { file: 'base/dist/snapshot-merge.js', find: 'old.id !== entry.topicId;', put: 'false;' }
    ]
  },
  {
    name: 'freed-in-flight',
    bug: 'the memory of a batch that expired is used again while its request still refers to it',
    origin: 'KAFKA-19012, KAFKA-17862',
    class: 'destination',
    scenarios: ['F48'],
    changes: [{ file: 'producer/dist/batch.js', find: 'if (this.done && !this.held)', put: 'if (this.done)' }]
  },
  {
    name: 'freed-twice',
    bug: 'the memory of a batch that was split, or expired, is given back twice',
    origin: 'KAFKA-8325',
    class: 'destination',
    scenarios: ['F48', 'F37'],
    changes: [
      { file: 'producer/dist/batch.js', find: "if (this.phase === 'released')\n            return;", put: '' },
      { file: 'producer/dist/batch.js', find: 'this.#packed = null;\n    }', put: '}' },
      {
        file: 'protocol/dist/records/batch-writer.js',
        find: 'this.#buffer = released;\n        this.#memory.give(buffer);',
        put: 'this.#memory.give(buffer);'
      }
    ]
  },
  {
    name: 'cancelled-still-counted',
    bug: 'who is cancelled while waiting for memory is counted as waiting for ever',
    origin: 'twmb/franz-go v1.17.1',
    class: 'memory',
    scenarios: ['F54'],
    changes: [
      {
        file: 'producer/dist/admission.js',
        find: 'this.#count(operation, line.at - end);\n            // Those',
        put: '// Those'
      }
    ]
  }
]
