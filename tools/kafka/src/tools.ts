// Kafka's own command line tools, each a JVM of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import type { Installation } from './installation.ts'
import { toolJvmOptions } from './installation.ts'
import { runJava } from './java.ts'

export interface ConsoleOptions {
  /** Default: as many as lie between the first and the end offsets now. */
  readonly maxMessages?: number | undefined
  readonly isolation?: 'read_committed' | 'read_uncommitted' | undefined
  /** Of the formatter, for example `{ 'print.key': 'true' }`; values are printed by default. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** How long to wait for the next message, milliseconds; default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** What DumpLogSegments prints about the segments in a partition's folder. */
export async function dumpLog(installation: Installation, folder: string): Promise<string> {
  const files = readdirSync(folder).filter(name => name.endsWith('.log'))
  const paths = files.toSorted().map(name => join(folder, name))
  const how = ['--deep-iteration', '--print-data-log', '--files', paths.join(',')]
  return runTool(installation, ['org.apache.kafka.tools.DumpLogSegments', 'kafka.tools.DumpLogSegments'], how)
}

/** Lines that the console consumer prints, from the beginning. */
export async function consoleConsume(
  installation: Installation,
  bootstrap: string,
  topic: string,
  options: ConsoleOptions & { readonly maxMessages: number }
): Promise<readonly string[]> {
  if (options.maxMessages === 0) return []
  const wanted = {
    '--bootstrap-server': bootstrap,
    '--topic': topic,
    '--max-messages': String(options.maxMessages),
    '--timeout-ms': String(options.timeoutMs ?? 10_000),
    '--isolation-level': options.isolation ?? 'read_uncommitted'
  }
  const { formatterOption } = installation.release
  const properties = Object.entries(options.properties ?? {})
  const formatter = properties.flatMap(([name, value]) => [formatterOption, `${name}=${value}`])
  const classes = ['org.apache.kafka.tools.consumer.ConsoleConsumer', 'kafka.tools.ConsoleConsumer']
  const output = await runTool(installation, classes, [
    '--from-beginning',
    ...Object.entries(wanted).flat(),
    ...formatter
  ])
  return output.replace(/\n$/, '').split('\n')
}

/** The tools move from `kafka.tools` in the broker's jar to a jar of their own, one by one: the first class that is in it, else the last. */
async function runTool(
  installation: Installation,
  classes: readonly string[],
  args: readonly string[]
): Promise<string> {
  const { java, toolsJar, classpath } = installation
  // A jar names its entries in plain text.
  const jar = readFileSync(toolsJar)
  const found = classes.find(name => jar.includes(`${name.replaceAll('.', '/')}.class`)) ?? classes.at(-1) ?? ''
  const where = ['-cp', [toolsJar, classpath].join(delimiter)]
  return runJava(java, [...toolJvmOptions(installation), ...where, found, ...args])
}
