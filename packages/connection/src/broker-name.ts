// How a broker is called in messages.
import { foreignText, type BrokerAddress } from '@sluice/core'

/** `broker 3 at kafka-3:9092 (10.0.0.3)` */
export function brokerName(address: BrokerAddress): string {
  const { port, ip, nodeId } = address
  // Mostly a broker has said it.
  const host = foreignText(address.host)
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const actual = ip === undefined || ip === host ? '' : ` (${ip})`
  return nodeId === undefined ? `${place}${actual}` : `broker ${nodeId} at ${place}${actual}`
}
