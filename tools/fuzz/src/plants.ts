// Faults that are put into decoders on purpose, to show that the fuzzer finds them.
import type { Change } from '@sluice/plants'

export interface Plant extends Change {
  readonly name: string
  /** Groups of targets that are fuzzed for it. */
  readonly groups: readonly string[]
}

const reader = 'protocol/dist/wire/reader.js'
const responses = ['response Produce', 'response Metadata', 'response ApiVersions']

export const plants: readonly Plant[] = [
  {
    name: 'no check of the bytes left',
    file: reader,
    find: 'if (bytes > this.#bytes.length - at)',
    put: 'if (false)',
    groups: responses
  },
  {
    name: 'varints of 33 bits pass',
    file: reader,
    find: 'if (last > 0x0f)',
    put: 'if (last > 0x1f)',
    groups: responses
  },
  {
    name: 'a count is believed before anything is read',
    file: reader,
    find: 'if (count * elementBytes > this.remaining)',
    put: 'if (count > 0) Buffer.alloc(Math.min(count, 2 ** 27) * elementBytes)\nif (count * elementBytes > this.remaining)',
    groups: responses
  },
  {
    name: 'negative lengths are taken for null',
    file: reader,
    find: 'if (length < -1)',
    put: 'if (length < -32768)',
    groups: responses
  },
  {
    name: 'a tagged field may read on into the next one',
    file: reader,
    find: 'if (this.#position > end)',
    put: 'if (false)',
    groups: responses
  },
  {
    name: 'the tags at the end of a broker are not skipped',
    file: 'protocol/dist/messages/metadata.js',
    find: 'const rack = r.nullableString(flexible);\n    if (flexible)\n        r.skipTags();',
    put: 'const rack = r.nullableString(flexible);',
    groups: ['response Metadata']
  },
  {
    name: 'a null list is an empty one',
    file: reader,
    find: "return count < 0 ? this.#refuseNull('list') : count;",
    put: 'return Math.max(0, count);',
    groups: responses
  },
  {
    name: 'byte strings are views of the frame, beyond it',
    file: reader,
    find: 'return view === null ? null : new Uint8Array(view);',
    put: 'return view === null ? null : new Uint8Array(view.buffer, view.byteOffset, view.length + (view.length > 3 ? 1 : 0));',
    groups: ['response SaslAuthenticate']
  },
  {
    name: 'a frame is allocated as it is announced',
    file: 'protocol/dist/wire/frame-decoder.js',
    find: 'Buffer.allocUnsafe(Math.min(this.#length, firstAllocation))',
    put: 'Buffer.allocUnsafe(this.#length)',
    groups: ['frames']
  },
  {
    name: 'the next frame begins where the last one ended',
    file: 'protocol/dist/wire/frame-decoder.js',
    find: 'this.#filled = 0;\n        onFrame',
    put: 'onFrame',
    groups: ['frames']
  },
  {
    name: 'frames of less than four bytes pass',
    file: 'protocol/dist/wire/frame-decoder.js',
    find: 'length >= shortestFrame &&',
    put: 'length >= 0 &&',
    groups: ['frames']
  },
  {
    name: 'varints of records may have 35 bits',
    file: 'protocol/dist/records/record-reader.js',
    find: 'if (shift === 28 && byte > 0x0f)',
    put: 'if (shift === 28 && byte > 0x7f)',
    groups: ['records']
  },
  {
    name: 'a record may have fewer headers than none',
    file: 'protocol/dist/records/record-reader.js',
    find: 'if (count < 0 || count * 2',
    put: 'if (count * 2',
    groups: ['records']
  },
  {
    name: 'a batch may be shorter than its header',
    file: 'protocol/dist/records/batch-reader.js',
    find: 'if (byteLength < BATCH_HEADER_BYTES)',
    put: 'if (byteLength < 0)',
    groups: ['records']
  },
  {
    name: 'snappy copies from before its block',
    file: 'compression-snappy/dist/unpack.js',
    find: 'offset > to - at',
    put: 'offset > to',
    groups: ['decompress snappy']
  },
  {
    name: 'snappy takes negative block lengths',
    file: 'compression-snappy/dist/xerial.js',
    find: 'if (length < 0 || length',
    put: 'if (length',
    groups: ['decompress snappy']
  },
  {
    name: 'LZ4 matches with themselves',
    file: 'compression-lz4/dist/unpack.js',
    find: 'if (offset === 0 || offset > to - at)',
    put: 'if (offset > to - at)',
    groups: ['decompress lz4']
  },
  {
    name: 'gzip has no limit while it expands',
    file: 'compression-gzip/dist/index.js',
    find: 'maxOutputLength: Math.max(1, maxBytes)',
    put: 'maxOutputLength: 2 ** 27',
    groups: ['decompress gzip']
  },
  {
    name: 'Zstandard may be as large as it says',
    file: 'compression-zstd/dist/index.js',
    find: 'if (roomBytes < 0)',
    put: 'if (false)',
    groups: ['decompress zstd']
  },
  {
    name: 'signatures of the wrong length are compared',
    file: 'sasl/dist/scram.js',
    find: 'signature.length === expected.length && cryptography()',
    put: 'cryptography()',
    groups: ['sasl']
  },
  {
    name: 'an empty signature will do',
    file: 'sasl/dist/scram.js',
    find: 'if (signature.length === expected.length &&',
    put: 'if (signature.length === 0 || signature.length === expected.length &&',
    groups: ['sasl']
  },
  {
    name: 'an answer need not be the one that was asked for',
    file: 'connection/dist/channel.js',
    find: 'if (id !== head.correlationId || !head.handedOver)',
    put: 'if (!head.handedOver)',
    groups: ['connection']
  },
  {
    name: 'a request that is not answered is waited for',
    file: 'connection/dist/watchdog.js',
    find: 'this.#onDue()',
    put: 'void 0',
    groups: ['connection']
  }
]
