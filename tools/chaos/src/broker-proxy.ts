// Stands before one broker on a port of its own, and does to connections what networks do.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Pipe } from './pipe.ts'

/** How long bytes that were let through may take to arrive before the reset overtakes them. */
const graceMs = 15

export class Link {
  readonly toBroker: Pipe
  readonly toClient: Pipe
  /** A fault was put on it that ends it, sooner or later. */
  doomed = false
  readonly #client: Socket
  readonly #broker: Socket

  constructor(client: Socket, port: number, onClose: (link: Link) => void) {
    this.#client = client
    this.#broker = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
    const cut = (): void => void setTimeout(() => this.reset(), graceMs)
    this.toBroker = new Pipe(client, this.#broker, cut)
    this.toClient = new Pipe(this.#broker, client, cut)
    for (const socket of [client, this.#broker]) {
      socket.on('error', () => this.reset())
      socket.on('close', () => {
        this.#destroyOther(socket)
        this.toBroker.stop()
        this.toClient.stop()
        onClose(this)
      })
    }
  }

  #destroyOther(socket: Socket): void {
    const other = socket === this.#client ? this.#broker : this.#client
    if (!other.destroyed) other.destroy()
  }

  /** RST to both sides: what they have not read yet is gone. */
  reset(): void {
    resetNow(this.#client)
    resetNow(this.#broker)
  }

  /** FIN to one side only; the other one learns of it when that side has closed. */
  halfClose(side: 'client' | 'broker'): void {
    const socket = side === 'client' ? this.#client : this.#broker
    if (socket.writable) socket.end()
  }

  get alive(): boolean {
    return !this.#client.destroyed && !this.#broker.destroyed
  }
}

/**
 * `resetAndDestroy` alone first ends the stream and resets later; a `destroy` meanwhile finds a socket that is shutting down,
 * which cannot be reset, and Node then keeps its handle for ever. So: both at once, and no reset once the stream is ending.
 */
function resetNow(socket: Socket): void {
  if (socket.destroyed) return
  const ending = socket.writableEnded && !socket.writableFinished
  if (!ending) socket.resetAndDestroy()
  socket.destroy()
}

export class BrokerProxy {
  readonly #target: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  #refusing = false
  /** Connections that have ended by a fault that was put on them. */
  cuts = 0
  /** Done to each new link. */
  onLink: ((link: Link) => void) | null = null

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client))
  }

  static async start(targetPort: number): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(targetPort)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(0, '127.0.0.1', resolve)
    })
    return proxy
  }

  get port(): number {
    // It listens on TCP, so the address is of this form.
    return (this.#server.address() as AddressInfo).port
  }

  get links(): readonly Link[] {
    return [...this.#links].filter(link => link.alive)
  }

  /** New connections are reset as soon as they are made. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const link of this.#links) link.reset()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.on('error', () => undefined)
      resetNow(client)
      return
    }
    const link = new Link(client, this.#target, closed => this.#closed(closed))
    this.#links.add(link)
    this.onLink?.(link)
  }

  #closed(link: Link): void {
    // Each of its two sockets tells.
    if (this.#links.delete(link) && link.doomed) this.cuts++
  }
}
