// Makes crc32c-kernel.ts: the inner loops of CRC-32C as a WebAssembly module. Run: node crc32c-kernel.make.mjs
import { writeFileSync } from 'node:fs'

/*
 * In text form, with the tables of crc32c.ts in the first 16 KiB of the one page of memory, those of the folding behind
 * them, and then the input, which is overwritten:
 *
 *   (memory (export "memory") 1)
 *   (func (export "update") (param $crc i32) (param $at i32) (param $end i32) (result i32) (local …)
 *     if ($end - $at >= 512)
 *       the word at $at xor= $crc, and $crc = 0
 *       $at = the last whole block, with all blocks before it folded into it
 *     while ($end - $at >= 16)                         ;; table k is the effect of a byte that k bytes follow
 *       $sum of 16 loads: table[15 - i][byte i of (4 words, the first xor $crc)], into $crc
 *       $at += 16
 *     while ($at < $end)
 *       $crc = table[0][($crc xor byte at $at) & 255] xor ($crc >>> 8)
 *       $at += 1
 *     $crc)
 *
 * Folding. A checksum is linear, so a block of 128 bytes can be left out if the next block is changed by something of the same
 * effect. Bytes of the same place modulo 32 affect each other only; 16 places are worked on at once, in two passes:
 *
 *   block    | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |      pieces of 16 bytes: 0, 2, 4, 6 in the first pass, the others in the second
 *
 * Four pieces hold as many bits for each place as the checksum has, and with 32 bytes from one to the next no combination of
 * these bits is without effect (with 16 there is one): whatever a byte does to the checksum, one change of the next block's four bytes
 * of its place does the same. For each half of a byte in each of the four pieces a table of 16 says what the change is.
 *
 * Looking up is i8x16.relaxed_swizzle, one instruction of the processor; i8x16.swizzle must make sure of the indices, and the
 * whole takes half as long again. crc32c.ts puts that in the other's place where the runtime has no relaxed vectors.
 */
const POLYNOMIAL = 0x82f6_3b78
const SLICE_TABLES_BYTES = 16 * 1024
const BLOCK = 128
const PIECE = 16
const STRIDE = 32
const WORTH_FOLDING = 512
const pieces = [0, 1, 2, 3]
const halves = [0, 1]

/** The checksum's register after a byte and so many zeros, from 0. */
function effect(byte, zeros) {
  let crc = byte
  for (let bit = 0; bit < 8 * (1 + zeros); bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc >>> 0
}

const highestBit = value => 31 - Math.clz32(value)

/** For each bit: an effect of which it is the highest, and the bits of a block that have it. */
const solved = new Map()

/** What must change in a block, its four bytes of one place as a number, to have this effect and those of `change` besides. */
function changeWith(wanted, change) {
  let [rest, bits] = [wanted, change]
  while (rest !== 0 && solved.has(highestBit(rest))) {
    const known = solved.get(highestBit(rest))
    rest ^= known.effect
    bits ^= known.bits
  }
  return { effect: rest >>> 0, bits: bits >>> 0 }
}

for (let bit = 0; bit < 32; bit++) {
  const found = changeWith(effect(1 << (bit % 8), STRIDE * (3 - (bit >> 3))), 1 << bit)
  solved.set(highestBit(found.effect), found)
}

/** Where the table is of what one half of a piece's bytes does to another piece of the next block. */
const foldTableAt = (from, half, to) => SLICE_TABLES_BYTES + PIECE * (8 * from + 4 * half + to)

const foldTables = pieces.flatMap(from =>
  halves.flatMap(half =>
    pieces.flatMap(to =>
      Array.from({ length: 16 }, (_, value) => {
        const { bits } = changeWith(effect(value << (4 * half), STRIDE * (3 - from) + BLOCK), 0)
        return (bits >>> (8 * to)) & 0xff
      })
    )
  )
)
const inputAt = SLICE_TABLES_BYTES + foldTables.length

const I32 = 0x7f
const V128 = 0x7b
const EMPTY = 0x40
const [CRC, AT, END, WORD, PASS, BLOCK_AT, LOW, HIGH] = [0, 1, 2, 3, 4, 5, 6, 7]
const state = [8, 9, 10, 11]
const next = [12, 13, 14, 15]

// Code is given as lists of bytes and of lists, laid flat at the end.
const get = local => [0x20, local]
const set = local => [0x21, local]
const constant = value => [0x41, signed(value)]
const load32 = offset => [0x28, 0, unsigned(offset)]
const load8 = [0x2d, 0, 0]
const store32 = [0x36, 0, 0]
const [ltUnsigned, geUnsigned, add, sub, and, xor, shl, shr] = [0x49, 0x4f, 0x6a, 0x6b, 0x71, 0x73, 0x74, 0x76]
const end = 0x0b
const loadVector = offset => [0xfd, 0, 0, unsigned(offset)]
const storeVector = offset => [0xfd, 11, 0, unsigned(offset)]
const lookUp = [0xfd, 0x80, 0x02]
const [splat, andVectors, xorVectors, shiftBytes] = [15, 78, 81, 109].map(code => [0xfd, code])

/** A block around a loop: eqz and br_if leave the block, br goes back to the loop. */
const loopWhile = (condition, body) => [0x02, EMPTY, 0x03, EMPTY, condition, 0x45, 0x0d, 1, body, 0x0c, 0, end, end]
const when = (condition, body) => [condition, 0x04, EMPTY, body, end]
const step = (local, by) => [get(local), constant(by), add, set(local)]
const stepBack = (local, by) => [get(local), constant(by), sub, set(local)]

/** The entry of table `slice` for byte `index` of the word: that byte times four is the entry's address in the table. */
const entry = (slice, index) => {
  const toPlace = index === 0 ? [constant(2), shl] : [constant(8 * index - 2), shr]
  return [get(WORD), toPlace, constant(0x3fc), and, load32(slice * 1024)]
}

const sixteenBytes = [0, 1, 2, 3].map(word => [
  [get(AT), load32(4 * word), word === 0 ? [get(CRC), xor] : [], set(WORD)],
  [0, 1, 2, 3].map(index => [entry(15 - 4 * word - index, index), word + index === 0 ? [] : xor])
])

const oneByte = [
  [get(CRC), get(AT), load8, xor, set(WORD)],
  [entry(0, 0), get(CRC), constant(8), shr, xor]
]

const loadPieces = into => pieces.map(piece => [get(BLOCK_AT), loadVector(STRIDE * piece), set(into[piece])])

const change = (table, index) => [constant(0), loadVector(table), get(index), lookUp, xorVectors]

const foldBlock = [
  loadPieces(next),
  pieces.map(from => [
    [get(state[from]), constant(0x0f), splat, andVectors, set(LOW)],
    [get(state[from]), constant(4), shiftBytes, set(HIGH)],
    pieces.map(to => [
      [get(next[to]), change(foldTableAt(from, 0, to), LOW), change(foldTableAt(from, 1, to), HIGH), set(next[to])]
    ])
  ]),
  pieces.map(piece => [get(next[piece]), set(state[piece])])
]

const onePass = [
  [get(AT), get(PASS), add, set(BLOCK_AT)],
  [loadPieces(state), step(BLOCK_AT, BLOCK)],
  loopWhile(
    [get(END), get(PASS), add, get(BLOCK_AT), sub, constant(BLOCK), geUnsigned],
    [foldBlock, step(BLOCK_AT, BLOCK)]
  ),
  stepBack(BLOCK_AT, BLOCK),
  pieces.map(piece => [get(BLOCK_AT), get(state[piece]), storeVector(STRIDE * piece)])
]

const fold = [
  [get(AT), get(AT), load32(0), get(CRC), xor, store32, constant(0), set(CRC)],
  loopWhile([get(PASS), constant(STRIDE), ltUnsigned], [onePass, step(PASS, PIECE)]),
  [get(BLOCK_AT), constant(PIECE), sub, set(AT)]
]

const body = [
  [2, 3, I32, 10, V128],
  when([get(END), get(AT), sub, constant(WORTH_FOLDING), geUnsigned], fold),
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
  [10, sized([1, sized(body)])],
  [11, sized([1, 0, constant(SLICE_TABLES_BYTES), end, sized(foldTables)])]
].flat(Infinity)

const lookUps = moduleBytes.filter((_, at) => lookUp.every((byte, index) => moduleBytes[at + index] === byte)).length
if (lookUps !== pieces.length * halves.length * pieces.length)
  throw new Error('Bytes that are no look-up look like one')

function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value) {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}

const source = `// Made by crc32c-kernel.make.mjs: the WebAssembly module that it describes, in base64.

/** Where its input begins. */
export const crc32cInputAt = ${inputAt}

export const crc32cKernel: string =
${Buffer.from(moduleBytes)
  .toString('base64')
  .match(/.{1,110}/g)
  .map(line => `  '${line}'`)
  .join(' +\n')}
`

if (process.argv[1] === import.meta.filename) writeFileSync(new URL('crc32c-kernel.ts', import.meta.url), source)
