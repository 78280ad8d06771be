// Makes crc32c-kernel.ts: the inner loop of CRC-32C as a WebAssembly module. Run: node crc32c-kernel.make.mjs
import { writeFileSync } from 'node:fs'

/*
 * In text form, with the tables of crc32c.ts in the first 16 KiB of the one page of memory and the input behind them:
 *
 *   (memory (export "memory") 1)
 *   (func (export "update") (param $crc i32) (param $at i32) (param $end i32) (result i32) (local $word i32)
 *     while ($end - $at >= 16)                         ;; table k is the effect of a byte that k bytes follow
 *       $sum of 16 loads: table[15 - i][byte i of (4 words, the first xor $crc)], into $crc
 *       $at += 16
 *     while ($at < $end)
 *       $crc = table[0][($crc xor byte at $at) & 255] xor ($crc >>> 8)
 *       $at += 1
 *     $crc)
 */
const I32 = 0x7f
const EMPTY = 0x40
const [CRC, AT, END, WORD] = [0, 1, 2, 3]

// Code is given as lists of bytes and of lists, laid flat at the end.
const get = local => [0x20, local]
const set = local => [0x21, local]
const constant = value => [0x41, signed(value)]
const load32 = offset => [0x28, 0, unsigned(offset)]
const load8 = [0x2d, 0, 0]
const [ltUnsigned, geUnsigned, add, sub, and, xor, shl, shr] = [0x49, 0x4f, 0x6a, 0x6b, 0x71, 0x73, 0x74, 0x76]
const end = 0x0b

/** A block around a loop: eqz and br_if leave the block, br goes back to the loop. */
const loopWhile = (condition, body) => [0x02, EMPTY, 0x03, EMPTY, condition, 0x45, 0x0d, 1, body, 0x0c, 0, end, end]

/** The entry of table `slice` for byte `index` of the word: that byte times four is the entry's address in the table. */
const entry = (slice, index) => {
  const toPlace = index === 0 ? [constant(2), shl] : [constant(8 * index - 2), shr]
  return [get(WORD), toPlace, constant(0x3fc), and, load32(slice * 1024)]
}

const step = (local, by) => [get(local), constant(by), add, set(local)]

const sixteenBytes = [0, 1, 2, 3].map(word => [
  [get(AT), load32(4 * word), word === 0 ? [get(CRC), xor] : [], set(WORD)],
  [0, 1, 2, 3].map(index => [entry(15 - 4 * word - index, index), word + index === 0 ? [] : xor])
])

const oneByte = [
  [get(CRC), get(AT), load8, xor, set(WORD)],
  [entry(0, 0), get(CRC), constant(8), shr, xor]
]

const body = [
  [1, 1, I32],
  loopWhile([get(END), get(AT), sub, constant(16), geUnsigned], [sixteenBytes, set(CRC), step(AT, 16)]),
  loopWhile([get(AT), get(END), ltUnsigned], [oneByte, set(CRC), step(AT, 1)]),
  [get(CRC), end]
]

const sized = content => [unsigned(content.flat(Infinity).length), content]
const name = text => sized([...Buffer.from(text)])

export const moduleBytes = [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, sized([1, 0x60, 3, I32, I32, I32, 1, I32])],
  [3, sized([1, 0])],
  [5, sized([1, 1, 1, 1])],
  [7, sized([2, name('memory'), 2, 0, name('update'), 0, 0])],
  [10, sized([1, sized(body)])]
].flat(Infinity)

function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value) {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}

const source = `// Made by crc32c-kernel.make.mjs: the WebAssembly module that it describes, in base64.

export const crc32cKernel: string =
${Buffer.from(moduleBytes)
  .toString('base64')
  .match(/.{1,110}/g)
  .map(line => `  '${line}'`)
  .join(' +\n')}
`

if (process.argv[1] === import.meta.filename) writeFileSync(new URL('crc32c-kernel.ts', import.meta.url), source)
