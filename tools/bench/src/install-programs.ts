// Builds the clients in other languages: librdkafka's own C, the Java client, franz-go.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { runCommand, versionOf } from './commands.ts'
import { nativePeers, type Say } from './install-npm.ts'
import { cacheFolder, kafkaCache, packageFile } from './places.ts'

/** The command, or why there is none. */
export type Program = readonly string[] | string

/** @param modules where the peers are */
export async function installLibrdkafka(modules: string, say: Say): Promise<Program> {
  if ((await versionOf('cc')) === null) return 'no C compiler'
  // The library as confluent's package has built it: the same release in C and in Node.
  const library = join(modules, 'node_modules', nativePeers.confluent.name, 'deps/librdkafka/src')
  if (!existsSync(join(library, 'librdkafka.so.1')))
    return 'confluent’s package, whose librdkafka it uses, is not built'
  const source = packageFile('c/client.c')
  const built = join(cacheFolder('librdkafka'), `${fingerprint(source)}-${basename(modules)}`)
  if (existsSync(built)) return [built]
  say('Building the client in C')
  try {
    const flags = ['-O2', '-Wall', `-I${library}`, source, '-o', built]
    await runCommand('cc', [...flags, `-Wl,-rpath,${library}`, join(library, 'librdkafka.so.1'), '-lpthread'])
    return [built]
  } catch (error) {
    return reason(error)
  }
}

export async function installFranz(say: Say): Promise<Program> {
  if ((await versionOf('go', ['version'])) === null) return 'no Go'
  const folder = packageFile('go')
  const built = join(cacheFolder('franz-go'), fingerprint(join(folder, 'main.go'), join(folder, 'go.sum')))
  if (existsSync(built)) return [built]
  say('Building the client in Go')
  try {
    await runCommand('go', ['build', '-o', built, '.'], { cwd: folder, limitMs: 300_000 })
    return [built]
  } catch (error) {
    return reason(error)
  }
}

export async function installJava(): Promise<Program> {
  if ((await versionOf('javac')) === null) return 'no JDK'
  const jars = clientJars()
  if (jars === null) return 'no Kafka jars; `pnpm kafka` or `pnpm bench --kafka` fetches them'
  const source = packageFile('java/BenchClient.java')
  const built = cacheFolder(join('java', fingerprint(source)))
  const classPath = [built, ...jars].join(delimiter)
  // As Kafka's own scripts start it, less the remote management.
  const command = ['java', '-Xms256m', '-Xmx1g', '-XX:+UseG1GC', '-cp', classPath, 'BenchClient']
  if (existsSync(join(built, 'BenchClient.class'))) return command
  try {
    await runCommand('javac', ['-cp', classPath, '-d', built, source])
    return command
  } catch (error) {
    return reason(error)
  }
}

/** Of the newest release that the harness for real brokers has fetched. */
function clientJars(): readonly string[] | null {
  if (!existsSync(kafkaCache)) return null
  const wanted = /^(kafka-clients|lz4-java|snappy-java|zstd-jni|slf4j-api)-/
  for (const release of readdirSync(kafkaCache).toSorted().toReversed()) {
    const folder = join(kafkaCache, release, 'libs')
    const jars = existsSync(folder) ? readdirSync(folder).filter(name => wanted.test(name)) : []
    if (jars.length >= 5) return jars.map(name => join(folder, name))
  }
  return null
}

function fingerprint(...paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 12)
}

const reason = (error: unknown): string => `its build failed: ${error instanceof Error ? error.message : String(error)}`
