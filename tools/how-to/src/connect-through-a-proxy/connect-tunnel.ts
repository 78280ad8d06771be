// Through an HTTP proxy that allows CONNECT. Node itself can do it.
import { duplex } from '@sluice/connection'
import { request } from 'node:http'
import type { Socket } from 'node:net'

/** @param proxy such as `http://proxy.example:3128`, or `http://user:password@proxy.example:3128` */
export function connectTunnel(proxy: string): ReturnType<typeof duplex> {
  const { hostname, port, username, password } = new URL(proxy)
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = username === '' ? {} : { 'proxy-authorization': `Basic ${login}` }
  return duplex(broker => {
    const path = `${broker.host}:${broker.port}`
    const asked = request({ host: hostname, port: Number(port || 80), method: 'CONNECT', path, headers })
    return new Promise<Socket>((resolve, reject) => {
      asked.on('connect', ({ statusCode }, socket, head) => {
        // What came right behind the proxy's answer is the broker's.
        socket.unshift(head)
        if (statusCode === 200) return resolve(socket.setNoDelay(true))
        socket.destroy()
        reject(new Error(`The proxy answered ${statusCode} to CONNECT ${path}`))
      })
      asked.on('error', reject)
      asked.end()
    })
  })
}
