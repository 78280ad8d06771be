// Collateral damage: the whole producer, or the whole partition, suffers from one error.
import type { Plant } from '../plant.ts'

const drain = 'producer/dist/queue-drain.js'

export const collateral: readonly Plant[] = [
  {
    name: 'bump-everywhere',
    bug: 'what one partition runs into gives all partitions a new epoch',
    origin: 'confluentinc/librdkafka#4953, #4972',
    class: 'collateral',
    scenarios: ['F41', 'F25'],
    changes: [
      {
        file: 'producer/dist/queue-epoch.js',
        find: 'startNextEpoch(state);',
        put: `startNextEpoch(state);
          step.effects.push({ type: 'bumped' });`
      },
      {
        file: 'producer/dist/outcomes.js',
        find: "case 'forgotten':",
        put: `case 'bumped':
            for (const { state } of partition.topic.partitions.concat(this.#parts.accumulator.active())) {
              if (state === partition.state || state.identity === null) continue;
              for (const each of state.batches) each.sequence = -1;
              state.identity = { ...state.identity, producerEpoch: partition.state.identity.producerEpoch };
              state.epochBase = state.nextSequence;
              state.ackedEnd = -1;
            }
            break;
          case 'forgotten':`
      }
    ]
  },
  {
    name: 'one-fails-all-fail',
    bug: 'a record that is refused takes all of its partition with it',
    origin: 'twmb/franz-go (code)',
    class: 'collateral',
    scenarios: ['F45'],
    changes: [
      {
        file: 'producer/dist/partition-queue.js',
        find: 'giveUp(step, batch, verdict.cause, verdict.blame);',
        put: 'giveUpAll(step, verdict.cause);'
      }
    ]
  },
  {
    name: 'retention-is-loss',
    bug: 'a broker that forgot us with our last record is taken for one that lost records',
    origin: 'KAFKA-7298',
    class: 'collateral',
    scenarios: ['F28'],
    changes: [{ file: drain, find: 'logStartOffset > ackedOffset', put: 'false' }]
  },
  {
    name: 'throttle-ignored',
    bug: 'the silence that a broker asks for is not kept',
    origin: 'platformatic/kafka (code)',
    class: 'collateral',
    scenarios: ['F55', 'R1'],
    changes: [
      {
        file: 'connection/dist/channel.js',
        find: 'if (throttleMs > 0 && version >= api.throttleFrom)',
        put: 'if (false)'
      }
    ]
  },
  {
    name: 'clock-behind-others',
    bug: 'the clock of a request runs while the broker works on those before it',
    origin: 'confluentinc/librdkafka#4820, ydb-platform/ydb#53426',
    class: 'collateral',
    scenarios: ['F52a'],
    changes: [
      {
        file: 'connection/dist/in-flight.js',
        find: 'exchange.writtenAtMs + 2 * exchange.timeoutMs',
        put: 'exchange.writtenAtMs + exchange.timeoutMs'
      }
    ]
  }
]
