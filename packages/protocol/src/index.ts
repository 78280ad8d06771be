// Kafka messages and record batches: bytes to values and back, without input or output.
export { negotiate, type Api, type VersionRange } from './api.ts'
export { FrameDecoder } from './wire/frame-decoder.ts'
export { decodeResponse, encodeRequest, finishFrame, readCorrelationId, type Frame } from './wire/headers.ts'
export { Reader } from './wire/reader.ts'
export { Writer, type RecordBytes } from './wire/writer.ts'
