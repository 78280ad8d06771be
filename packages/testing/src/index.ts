// A stage for tests: manual time, seeded chance, a network without sockets and a Kafka cluster in the process.
export { ManualClock, type ManualClockOptions } from './manual-clock.ts'
export { seededRandom } from './seeded-random.ts'
