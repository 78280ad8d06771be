// Through a SOCKS5 proxy, such as `ssh -D 1080 bastion`.
import { duplex } from '@sluice/connection'
import { SocksClient } from 'socks'

export interface SocksProxy {
  readonly host: string
  readonly port: number
  readonly userId?: string
  readonly password?: string
}

/** The broker's name is resolved by the proxy, where it means something. */
export function socksTunnel(proxy: SocksProxy): ReturnType<typeof duplex> {
  return duplex(async ({ host, port }) => {
    const { socket } = await SocksClient.createConnection({
      proxy: { ...proxy, type: 5 },
      command: 'connect',
      destination: { host, port }
    })
    return socket.setNoDelay(true)
  })
}
