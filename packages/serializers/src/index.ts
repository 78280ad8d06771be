// Serializers for bytes, text, JSON and numbers, with the bytes that Kafka's own serializers write.
export { bytesSerializer } from './bytes.ts'
export { serializersFrom, stringSerializers } from './groups.ts'
export { jsonSerializer } from './json.ts'
export { float64Serializer, int32Serializer, int64Serializer } from './numbers.ts'
export { stringSerializer, uuidSerializer } from './text.ts'
