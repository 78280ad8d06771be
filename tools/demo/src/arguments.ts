// Reads the demo's few options.
import { parseArgs } from 'node:util'

export type DemoArguments =
  | { readonly where: 'embedded' | 'kafka' }
  | { readonly where: 'brokers'; readonly brokers: readonly string[]; readonly topic: string | null }

export const usage = `npm run demo                                  an embedded three-broker cluster
npm run demo -- --brokers HOST:PORT           your own cluster (--topic NAME for a topic that you have)
npm run demo -- --kafka                       a real Apache Kafka on this machine (needs java and mvn)`

/** @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): DemoArguments {
  const { values } = parseArgs({
    // pnpm hands the `--` on.
    args: argv.filter(argument => argument !== '--'),
    options: { brokers: { type: 'string', multiple: true }, topic: { type: 'string' }, kafka: { type: 'boolean' } }
  })
  if (values.kafka === true && values.brokers !== undefined) throw new Error('--kafka and --brokers exclude each other')
  if (values.brokers === undefined && values.topic !== undefined) throw new Error('--topic goes with --brokers')
  if (values.kafka === true) return { where: 'kafka' }
  if (values.brokers === undefined) return { where: 'embedded' }
  const brokers = values.brokers.flatMap(list => list.split(',')).filter(broker => broker !== '')
  return { where: 'brokers', brokers, topic: values.topic ?? null }
}
