// Runs one client alone, from its start to its end, with all of its measuring in one turn.
import { ClientProcess, type ClientOptions } from './client-process.ts'
import type { Outcome } from './outcome.ts'

/** @throws Error when the client fails, is too slow, or says what the broker does not confirm */
export async function runClient(options: ClientOptions, measureMs: number): Promise<Outcome> {
  const client = new ClientProcess(options)
  try {
    await client.warmUp()
    await client.measure(measureMs)
    await client.takeLatencies(client.perSecond() / 2)
    return await client.finish()
  } finally {
    client.kill()
  }
}
