// Record batches: written at append, stamped when they leave, read back.
export {
  readBatches,
  readBatchHeader,
  verifyBatch,
  type BatchHeader,
  type BatchView,
  type ReadBatchesOptions
} from './batch-reader.ts'
export { BatchWriter, type BatchMemory } from './batch-writer.ts'
export { crc32c } from './crc32c.ts'
export { BATCH_HEADER_BYTES } from './layout.ts'
export { copyRecords, readRecords, type RecordView } from './record-reader.ts'
export { powerOfTwo } from './power-of-two.ts'
export { stampBatch, type BatchStamp } from './stamp-batch.ts'
