// What tshark, which knows Kafka's protocol from elsewhere, makes of a capture.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerPort, type Capture } from './capture.ts'

/** Of all frames of one version of one API, both ways. */
export interface DissectedRow {
  readonly apiKey: number
  readonly version: number
  /** Whether tshark has this version at all. */
  readonly known: boolean
  readonly frames: number
  readonly malformed: number
}

const fields = ['request_key', 'response_key', 'request.version', 'response.version', 'unsupported_api_version']
const malformed = '_ws.malformed'

/** Null where it is not installed. */
export function tsharkVersion(): string | null {
  try {
    return /\d+\.\d+\.\d+/.exec(run(['--version']))?.[0] ?? null
  } catch {
    return null
  }
}

function run(args: readonly string[]): string {
  return execFileSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })
}

export function dissect(capture: Capture): DissectedRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-capture-'))
  try {
    const file = join(folder, 'kafka.pcap')
    writeFileSync(file, capture.bytes())
    const wanted = [...fields.map(name => `kafka.${name}`), malformed].flatMap(name => ['-e', name])
    const args = ['-r', file, '-d', `tcp.port==${brokerPort},kafka`, '-T', 'fields', ...wanted]
    return rowsOf(run(args).split('\n').map(readLine))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Line {
  readonly apiKey: number
  readonly version: number
  readonly isRequest: boolean
  readonly unknown: boolean
  readonly malformed: boolean
}

/** Null for a packet that holds no end of a frame. */
function readLine(text: string): Line | null {
  const [asked = '', answered = '', askedVersion = '', answeredVersion = '', unknown = '', broken = ''] =
    text.split('\t')
  if (asked === '' && answered === '') return null
  const isRequest = asked !== ''
  return {
    apiKey: Number(isRequest ? asked : answered),
    version: Number(isRequest ? askedVersion : answeredVersion),
    isRequest,
    unknown: unknown !== '',
    malformed: broken !== ''
  }
}

function rowsOf(lines: readonly (Line | null)[]): DissectedRow[] {
  const rows = new Map<string, DissectedRow>()
  for (const line of lines) {
    if (line === null) continue
    const { apiKey, version } = line
    const key = `${apiKey} ${version}`
    const row = rows.get(key) ?? { apiKey, version, known: true, frames: 0, malformed: 0 }
    // An answer to ApiVersions is marked for every version that it tells of and tshark does not have.
    const known = row.known && !(line.isRequest && line.unknown)
    rows.set(key, { ...row, known, frames: row.frames + 1, malformed: row.malformed + (line.malformed ? 1 : 0) })
  }
  return [...rows.values()].toSorted((one, other) => one.apiKey - other.apiKey || one.version - other.version)
}
