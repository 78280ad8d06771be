// Two tiny proxies on loopback: SOCKS5 (RFC 1928) and HTTP CONNECT.
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface TestProxy {
  readonly port: number
  /** What was asked for, as `host:port`. */
  readonly asked: readonly string[]
  /** Ends when all who were connected have hung up. */
  close(): Promise<void>
}

/** Names are known to the proxy alone: whatever is asked for is found at this port of loopback. */
type Whereabouts = (host: string, port: number) => number | null

export function socksProxy(whereabouts: Whereabouts): Promise<TestProxy> {
  const asked: string[] = []
  const server = createServer(client => {
    client.on('error', () => {})
    client.once('data', () => {
      client.write(Buffer.from([5, 0]))
      client.once('data', request => {
        const named = request[3] === 3
        const end = named ? 5 + request[4]! : 8
        const host = named ? request.toString('ascii', 5, end) : request.subarray(4, end).join('.')
        const port = request.readUInt16BE(end)
        asked.push(`${host}:${port}`)
        const there = whereabouts(host, port)
        if (there === null) return void client.end(Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        join(client, there, () => client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])))
      })
    })
  })
  return listening(server, asked)
}

export function connectProxy(whereabouts: Whereabouts, authorization?: string): Promise<TestProxy> {
  const asked: string[] = []
  const server = createHttpServer()
  server.on('connect', ({ url = '', headers }, stream) => {
    // The server's sockets are those of node:net.
    const client = stream as Socket
    client.on('error', () => {})
    asked.push(url)
    const [host = '', port] = url.split(':')
    const allowed = headers['proxy-authorization'] === authorization
    const there = whereabouts(host, Number(port))
    client.on('end', () => client.end())
    // The proxy leaves it to the client to hang up.
    if (!allowed) return void client.resume().write('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (there === null) return void client.resume().write('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    join(client, there, () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'))
  })
  return listening(server, asked)
}

function join(client: Socket, port: number, welcome: () => void): void {
  const broker = connect(port, '127.0.0.1', () => {
    welcome()
    client.pipe(broker).pipe(client)
  })
  broker.on('error', () => client.destroy())
  broker.on('close', () => client.destroy())
  client.on('close', () => broker.destroy())
}

function listening(server: Server, asked: string[]): Promise<TestProxy> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      // A TCP server's address is an object.
      const { port } = server.address() as AddressInfo
      resolve({ port, asked, close: () => new Promise(done => void server.close(() => done())) })
    })
  })
}
