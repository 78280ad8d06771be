// The jars with Kafka's own codecs: fetched once from Maven Central into ~/.cache/sluice, checked by their SHA-1.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const central = 'https://repo.maven.apache.org/maven2'

// As kafka-clients 4.3.1 asks for them.
const artifacts = [
  'org/apache/kafka/kafka-clients/4.3.1/kafka-clients-4.3.1.jar',
  'com/github/luben/zstd-jni/1.5.6-10/zstd-jni-1.5.6-10.jar',
  'at/yawk/lz4/lz4-java/1.10.2/lz4-java-1.10.2.jar',
  'org/xerial/snappy/snappy-java/1.1.10.7/snappy-java-1.1.10.7.jar',
  'org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar'
]

/** @returns a class path */
export async function codecClassPath(): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice', 'codec-oracle')
  mkdirSync(folder, { recursive: true })
  const paths = await Promise.all(artifacts.map(artifact => jar(artifact, folder)))
  return paths.join(delimiter)
}

async function jar(artifact: string, folder: string): Promise<string> {
  const path = join(folder, artifact.slice(artifact.lastIndexOf('/') + 1))
  if (!existsSync(path)) await download(`${central}/${artifact}`, path)
  return path
}

async function download(address: string, path: string): Promise<void> {
  const bytes = await get(address)
  const wanted = (await get(`${address}.sha1`)).toString('utf8').trim().slice(0, 40)
  const actual = createHash('sha1').update(bytes).digest('hex')
  if (actual !== wanted) throw new Error(`${address} has SHA-1 ${actual}, not ${wanted}`)
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, bytes)
  renameSync(unfinished, path)
}

async function get(address: string): Promise<Buffer> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}
