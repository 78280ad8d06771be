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
  }
]
