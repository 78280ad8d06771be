// Which partition a message goes to.
export { compatible, type CompatibleClient, type CompatibleOptions } from './compatible.ts'
export { defaultPartitioner } from './default.ts'
export { crc32Random, murmur2Random, type HashedOptions } from './hashed.ts'
export { partitionOfKey } from './keyed.ts'
export { roundRobin, type RoundRobinOptions } from './round-robin.ts'
export { sticky, type StickyOptions } from './sticky.ts'
