// What the codecs are made of: kernels in WebAssembly, here and on a thread of their own; streams of node:zlib that are kept; options.
export { BlockCompressor, type Framing } from './block-compressor.ts'
export { checkCodecOptions } from './codec-options.ts'
export { mostPackedBytes, packerOf, type Kernel, type Packer } from './kernel.ts'
export { compressIntoBy, type CompressInto, type KeptParts } from './kept-compressor.ts'
export { KeptStreams } from './kept-streams.ts'
export { sharedThreads, type FindWorker } from './shared-threads.ts'
