// The frame decoder: any stream of bytes, cut into chunks in any way.
import { FrameDecoder } from '@sluice/protocol'
import { Dice } from '../dice.ts'
import { Finding } from '../finding.ts'
import { fixed } from '../mutate.ts'
import { outline, type Probe } from '../probe.ts'
import type { Span, Target } from '../target.ts'

/** The first bytes of an input decide how the rest is cut. */
const cutBytes = 2
const firstAllocation = 65_536

export const frameTargets: readonly Target[] = [
  frameTarget('up to 1 KiB', 1024),
  frameTarget('up to 100 MiB', 104_857_600)
]

function frameTarget(variant: string, mostFrameBytes: number): Target {
  return {
    group: 'frames',
    variant,
    mostMs: 250,
    seeds: () => [
      stream([]),
      stream([4]),
      stream([5, 4, 900]),
      Buffer.from('  HTTP/1.1 400 Bad'),
      Buffer.from('\0\0\x15\x03\x03\0\x02')
    ],
    grow: dice => {
      const lengths = Array.from({ length: dice.skewed(8) }, () => dice.between(4, dice.pick([8, 100, 1024])))
      return Buffer.concat([dice.bytes(cutBytes), stream(lengths).subarray(cutBytes)])
    },
    spans: prefixes,
    mostBytes: input => 3 * input.length + firstAllocation,
    run: (input, probe) => judge(mostFrameBytes, input, probe)
  }
}

function stream(lengths: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.of(1, 2),
    ...lengths.flatMap(length => [fixed(length, 4), Buffer.alloc(length, length)])
  ])
}

function prefixes(input: Uint8Array): Span[] {
  const bytes = Buffer.from(input)
  const spans: Span[] = [{ start: 0, end: cutBytes, kind: 'content' }]
  for (let at = cutBytes; at + 4 <= bytes.length;) {
    spans.push({ start: at, end: at + 4, kind: 'fixed' })
    at += 4 + Math.max(0, bytes.readInt32BE(at))
  }
  return spans
}

function judge(mostFrameBytes: number, input: Uint8Array, probe: Probe): string {
  const cuts = new Dice(((input[0] ?? 0) << 8) | (input[1] ?? 0), 'cuts')
  const bytes = Buffer.from(input.subarray(cutBytes))
  const expected = framesOf(bytes, mostFrameBytes)
  const decoder = new FrameDecoder(mostFrameBytes)
  const frames: string[] = []
  const { error } = probe.attempt(['KAFKA_CORRUPT_FRAME'], () => {
    for (const chunk of chunksOf(bytes, cuts)) {
      decoder.push(chunk, frame => frames.push(Buffer.from(frame).toString('latin1')))
      // A transport may use its memory again.
      chunk.fill(0xdb)
    }
  })
  checkSame(frames, expected.frames)
  if ((error !== null) !== expected.corrupt)
    throw new Finding(
      'wrong value',
      error === null ? 'a length that cannot be right was taken' : `refused: ${error.message}`
    )
  if (error === null) return `${frames.length} frames, ${Math.min(4, bytes.length)} bytes`
  checkStopped(decoder)
  return `${frames.length} frames, ${decoder.problem ?? 'none'}, ${outline(error)}`
}

/** Cut as the network might, empty chunks and single bytes included. */
function chunksOf(bytes: Buffer, cuts: Dice): Buffer[] {
  const most = cuts.pick([1, 2, 5, 64, 2048, 65_536])
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + cuts.between(most === 1 ? 1 : 0, most))
    chunks.push(Buffer.from(bytes.subarray(at, end)))
    at = end
  }
  return chunks
}

function framesOf(bytes: Buffer, mostFrameBytes: number): { frames: string[]; corrupt: boolean } {
  const frames: string[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readInt32BE(at)
    if (length < 4 || length > mostFrameBytes) return { frames, corrupt: true }
    if (at + 4 + length > bytes.length) break
    frames.push(bytes.toString('latin1', at + 4, at + 4 + length))
    at += 4 + length
  }
  return { frames, corrupt: false }
}

function checkSame(got: readonly string[], expected: readonly string[]): void {
  if (got.length !== expected.length)
    throw new Finding('wrong value', `${got.length} frames came out, where ${expected.length} went in`)
  const different = got.findIndex((frame, index) => frame !== expected[index])
  if (different >= 0) throw new Finding('wrong value', `frame ${different} is not what was sent`)
}

function checkStopped(decoder: FrameDecoder): void {
  decoder.push(Buffer.of(0, 0, 0, 4, 1, 2, 3, 4), () => {
    throw new Finding('wrong value', 'a frame came out after the stream was refused')
  })
}
