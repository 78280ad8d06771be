// A TCP relay on loopback: what comes in goes to the first target that takes the connection, and may be listened to.
import { createServer, connect, type Server, type Socket } from 'node:net'

export interface RelayOptions {
  /** Ports on 127.0.0.1, asked for each connection. */
  readonly targets: () => readonly number[]
  /** Told both directions of a connection, numbered from 1. */
  readonly tap?: ((connection: number, from: 'client' | 'server', chunk: Buffer) => void) | undefined
}

export class Relay implements AsyncDisposable {
  readonly #options: RelayOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #connections = 0

  private constructor(options: RelayOptions) {
    this.#options = options
    this.#server = createServer(socket => this.#join(socket, [...options.targets()]))
  }

  static open(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options)
    return new Promise((resolve, reject) => {
      relay.#server.once('error', reject)
      relay.#server.listen(0, '127.0.0.1', () => resolve(relay))
    })
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The relay is closed')
    return address.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #join(client: Socket, targets: number[]): void {
    const port = targets.shift()
    this.#keep(client)
    if (port === undefined) return void client.destroy()
    const server = connect(port, '127.0.0.1')
    this.#keep(server)
    let open = false
    server.once('connect', () => {
      open = true
      this.#carry(client, server)
    })
    server.once('close', () => {
      if (open) client.destroy()
      else this.#join(client, targets)
    })
  }

  #carry(client: Socket, server: Socket): void {
    const connection = ++this.#connections
    const { tap } = this.#options
    client.on('data', chunk => tap?.(connection, 'client', chunk))
    server.on('data', chunk => tap?.(connection, 'server', chunk))
    client.pipe(server)
    server.pipe(client)
    client.once('close', () => server.destroy())
  }

  #keep(socket: Socket): void {
    if (this.#sockets.has(socket)) return
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
