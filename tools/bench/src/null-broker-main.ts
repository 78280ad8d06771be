// The null broker in JavaScript, for machines without a C compiler: the same options, the same words.
import { FrameDecoder } from '@sluice/protocol'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Answerer } from './answers.ts'

const { values } = parseArgs({
  options: {
    partitions: { type: 'string', default: '6' },
    brokers: { type: 'string', default: '1' },
    'delay-us': { type: 'string', default: '0' }
  }
})
const delayMs = Number(values['delay-us']) / 1000
const ports: number[] = []
const answerer = new Answerer(() => ports, Number(values.partitions))

for (let broker = 0; broker < Number(values.brokers); broker++) ports.push(await listen())
console.log(`port ${ports[0]}`)
const lines = createInterface(process.stdin)
lines.on('line', () => {
  const { requests, batches, records } = answerer.tally
  console.log(`${requests} ${batches} ${records}`)
})
lines.on('close', () => process.exit(0))

function listen(): Promise<number> {
  const server = createServer({ noDelay: true }, serve)
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

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
