// Kafka's own codecs and serializers, as an oracle for test suites.
export { CodecOracle } from './oracle.ts'
