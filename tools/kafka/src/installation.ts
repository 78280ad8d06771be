// One release of Kafka on this machine: its jars by Maven, fetched once into the cache.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { HarnessError } from './failures.ts'
import type { Java } from './java.ts'
import { findJava, runMaven } from './java.ts'
import { cacheOf, packageFile } from './places.ts'
import type { Release } from './versions.ts'
import { releaseOf, zooKeeperReleaseOf } from './versions.ts'

export type Progress = (message: string) => void

export interface Installation {
  readonly release: Release
  readonly java: Java
  /** The release's folder in the cache. */
  readonly directory: string
  /** The broker's jars in a fixed order, which class archives depend on. */
  readonly classpath: string
  /** The jar of Kafka's command line tools. */
  readonly toolsJar: string
}

/** Finds the release in the cache or fetches it; a few tens of megabytes. */
export async function install(version: string, progress: Progress): Promise<Installation> {
  const release = releaseOf(version)
  const java = await findJava(release)
  const directory = cacheOf(version)
  const libs = join(directory, 'libs')
  const tools = join(directory, 'libs-tools')
  if (!existsSync(libs)) await download(release, directory, progress)
  const classpath = jarsIn(libs)
  return {
    release,
    java,
    directory,
    classpath: classpath.join(delimiter),
    toolsJar: jarsIn(tools)[0] ?? ''
  }
}

/** The same for a release that needs ZooKeeper, whose tools are in the broker's jars. */
export async function installOld(version: string, progress: Progress): Promise<Installation> {
  const release = zooKeeperReleaseOf(version)
  const java = await findJava(release)
  const directory = cacheOf(version)
  const libs = join(directory, 'libs')
  if (!existsSync(libs)) {
    progress(`Fetching Apache Kafka ${version} from Maven Central, once`)
    mkdirSync(directory, { recursive: true })
    await once(libs, folder => fetchJars(release, 'zookeeper-pom.xml', folder))
  }
  return { release, java, directory, classpath: jarsIn(libs).join(delimiter), toolsJar: '' }
}

/** For a broker: a small heap, the cheapest collector and compiler, logging to standard output. */
export function brokerJvmOptions(installation: Installation, logsDirectory: string): string[] {
  const { configuration } = installation.release.logging
  return ['-Xss512k', `-Dkafka.logs.dir=${logsDirectory}`, ...jvmOptions(installation, configuration)]
}

/** The same for a program whose output is read: it logs nothing. */
export function toolJvmOptions(installation: Installation): string[] {
  const { quiet } = installation.release.logging
  return jvmOptions(installation, quiet)
}

function jvmOptions(installation: Installation, configuration: string): string[] {
  const url = pathToFileURL(packageFile(`config/${configuration}`)).href
  const { option } = installation.release.logging
  const memory = ['-Xms96m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  return [...memory, '-Djava.awt.headless=true', `-D${option}=${url}`]
}

/**
 * Makes a file or folder of the cache under another name and moves it into place when it is whole, so that neither an
 * interruption nor a second process leaves half of it.
 */
export async function once(target: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  if (existsSync(target)) return
  const unfinished = `${target}.${process.pid}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  try {
    await make(unfinished)
    if (!existsSync(target)) renameSync(unfinished, target)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

async function download(release: Release, directory: string, progress: Progress): Promise<void> {
  progress(`Fetching Apache Kafka ${release.version} from Maven Central, once`)
  mkdirSync(directory, { recursive: true })
  const libs = join(directory, 'libs')
  const tools = join(directory, 'libs-tools')
  await once(libs, async unfinished => {
    await fetchJars(release, 'pom.xml', unfinished)
    const jar = `kafka-tools-${release.version}.jar`
    await once(tools, async folder => {
      mkdirSync(folder)
      renameSync(join(unfinished, jar), join(folder, jar))
    })
  })
}

async function fetchJars(release: Release, pom: string, folder: string): Promise<void> {
  const [group, artifact, version] = release.logging.artifact.split(':')
  await runMaven(release, [
    '-q',
    '-B',
    '-ntp',
    '-f',
    packageFile(pom),
    'process-resources',
    `-Dkafka.version=${release.version}`,
    `-Dlogging.group=${group}`,
    `-Dlogging.artifact=${artifact}`,
    `-Dlogging.version=${version}`,
    `-Dlibs.directory=${folder}`
  ])
}

function jarsIn(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory).filter(name => name.endsWith('.jar')) : []
  if (names.length === 0) throw new HarnessError(`No jars in ${directory}; delete that folder and start again`)
  return names.toSorted().map(name => join(directory, name))
}
