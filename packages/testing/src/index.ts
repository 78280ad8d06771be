// A stage for tests: manual time, seeded chance, a network without sockets and a Kafka cluster in the process.
export { ManualClock, type ManualClockOptions } from './manual-clock.ts'
export { MemoryLink, type Direction } from './memory-link.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts'
export { type Amount, type PipeEnd, type PipeShape } from './memory-pipe.ts'
export { seededRandom } from './seeded-random.ts'
export type { AcceptStream, Listener, Listening, ServerStream } from './server-stream.ts'
