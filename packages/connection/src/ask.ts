// A question over a channel as a promise, for those that are not on the path of records.
import { ClosedError, type KafkaError } from '@sluice/core'
import { negotiate, type Api } from '@sluice/protocol'
import type { Channel } from './channel.ts'
import { makeExchange } from './exchange.ts'
import type { VersionTable } from './negotiation.ts'

export type Ask = <Request, Response>(api: Api<Request, Response>, request: Request) => Promise<Response>

export function askOn(channel: Channel, versions: VersionTable, timeoutMs: number): Ask {
  return (api, request) =>
    new Promise((resolve, reject: (error: KafkaError) => void) => {
      if (channel.destroyed) throw new ClosedError(`${api.name} was not sent: the connection is closed`)
      const version = negotiate(api, versions.get(api.key))
      const exchange = makeExchange(
        api,
        request,
        (error, response) => {
          if (error === null) resolve(response)
          else reject(error)
        },
        timeoutMs
      )
      channel.issue(exchange, version)
      channel.flush()
    })
}
