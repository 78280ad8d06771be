// The null broker in JavaScript, for machines without a C compiler: the same options, the same words.
import { FrameDecoder } from '@sluice/protocol'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Answerer } from './answers.ts'

const { values } = parseArgs({
  options: { partitions: { type: 'string', default: '6' }, 'delay-us': { type: 'string', default: '0' } }
})
const delayMs = Number(values['delay-us']) / 1000
let port = 0
const answerer = new Answerer(() => port, Number(values.partitions))

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  console.log(`port ${port}`)
})
const lines = createInterface(process.stdin)
lines.on('line', () => {
  const { requests, batches, records } = answerer.tally
  console.log(`${requests} ${batches} ${records}`)
})
lines.on('close', () => process.exit(0))

function serve(socket: Socket): void {
  const decoder = new FrameDecoder(64 * 1024 * 1024)
  socket.on('error', () => socket.destroy())
  socket.on('data', chunk => {
    socket.cork()
    decoder.push(chunk, frame => {
      const answer = answerer.answer(frame)
      if (answer === null) return
      if (delayMs === 0) socket.write(answer)
      else setTimeout(() => void socket.write(answer), delayMs)
    })
    socket.uncork()
  })
}
