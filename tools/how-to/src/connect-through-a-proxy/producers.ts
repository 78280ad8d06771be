// Producers behind proxies and port-forwards.
import { Producer, stringSerializers, tls } from '@sluice/producer'
import { connectTunnel } from './connect-tunnel.ts'
import { socksTunnel } from './socks-tunnel.ts'

export function throughSocks(): Producer<string, string, string, string> {
  return new Producer({
    bootstrapBrokers: ['kafka.internal:9092'],
    transport: socksTunnel({ host: '127.0.0.1', port: 1080 }),
    serializers: stringSerializers
  })
}

/** With TLS inside the tunnel. */
export function throughHttp(ca: string): Producer<string, string, string, string> {
  return new Producer({
    bootstrapBrokers: ['kafka.internal:9093'],
    transport: tls({ ca }, { over: connectTunnel('http://proxy.example:3128') }),
    serializers: stringSerializers
  })
}

/** `ssh -L 19092:kafka-1:9092 -L 29092:kafka-2:9092 bastion` */
export function throughForwards(): Producer<string, string, string, string> {
  const forwards = new Map([
    ['kafka-1:9092', 19_092],
    ['kafka-2:9092', 29_092]
  ])
  return new Producer({
    bootstrapBrokers: ['127.0.0.1:19092', '127.0.0.1:29092'],
    mapAddress: ({ host, port }) => ({ host: '127.0.0.1', port: forwards.get(`${host}:${port}`) ?? port }),
    serializers: stringSerializers
  })
}
