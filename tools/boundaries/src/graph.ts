// Who may import whom, as data. The check holds every import, manifest and project reference against it.

export interface PackageRule {
  /** Workspace packages that `src` may import. */
  readonly imports: readonly string[]
  /** Workspace packages that tests may import besides. */
  readonly dev: readonly string[]
  /** npm packages that `src` may import: at most a codec where Node has none. */
  readonly libraries: readonly string[]
}

const leaf = (...libraries: string[]): PackageRule => ({ imports: ['core'], dev: ['testing'], libraries })
const codec = (...libraries: string[]): PackageRule => ({
  imports: ['core', 'compression-parts'],
  dev: ['testing'],
  libraries
})

/** Everything under packages/, lowest first. What is under tools/ may import any of it; nothing here imports a tool. */
export const graph: ReadonlyMap<string, PackageRule> = new Map<string, PackageRule>([
  ['core', { imports: [], dev: [], libraries: [] }],
  ['protocol', { imports: ['core'], dev: [], libraries: [] }],
  ['compression-parts', { imports: ['core'], dev: [], libraries: [] }],
  ['compression-gzip', codec()],
  ['compression-snappy', codec()],
  ['compression-lz4', codec()],
  ['compression-zstd', codec('@toondepauw/node-zstd')],
  ['serializers', leaf()],
  ['sasl', leaf()],
  ['connection', { imports: ['core', 'protocol'], dev: ['testing'], libraries: [] }],
  ['base', { imports: ['core', 'protocol', 'connection', 'sasl'], dev: ['testing'], libraries: [] }],
  [
    'producer',
    { imports: ['core', 'protocol', 'base', 'serializers', 'compression-gzip'], dev: ['testing'], libraries: [] }
  ],
  ['testing', { imports: ['core', 'protocol'], dev: [], libraries: [] }],
  [
    'cli',
    {
      imports: ['core', 'base', 'producer', 'serializers', 'sasl', 'compression-*'],
      dev: ['testing'],
      libraries: []
    }
  ]
])

/** `compression-*` in a list stands for every package of that family. */
export function allows(list: readonly string[], name: string): boolean {
  return list.some(entry => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name))
}

/** Entry points that are not for everybody. */
export const doors: ReadonlyMap<string, readonly string[]> = new Map([
  ['@sluice/base/parts', ['packages/producer']],
  ['@sluice/protocol/schema', ['tools/codegen']]
])

/** Rooms that use nothing of ours: what they judge would judge itself. */
export const hermits: readonly string[] = ['tools/simulate/src/oracle/', 'tools/simulate/src/wire/']

export interface Home {
  /** What is named in the message. */
  readonly subject: string
  readonly modules: readonly string[]
  /** Where `src` may use it: a file, or a folder that ends with `/`. */
  readonly rooms: readonly string[]
}

/** Modules of Node that have a home. Tools are free. */
export const homes: readonly Home[] = [
  {
    subject: 'sockets',
    modules: ['net', 'tls', 'dns', 'dns/promises', 'http', 'https', 'http2', 'dgram'],
    rooms: ['packages/connection/src/transports/', 'packages/testing/src/listen.ts']
  },
  { subject: 'cryptography', modules: ['crypto'], rooms: ['packages/sasl/', 'packages/testing/'] },
  {
    subject: 'compression',
    modules: ['zlib'],
    rooms: [
      'packages/compression-gzip/',
      'packages/compression-snappy/',
      'packages/compression-lz4/',
      'packages/compression-zstd/',
      'packages/testing/'
    ]
  },
  {
    subject: 'how much there is of the machine',
    modules: ['os'],
    rooms: ['packages/cli/', 'packages/compression-parts/']
  },
  { subject: 'threads', modules: ['worker_threads'], rooms: ['packages/compression-parts/'] },
  { subject: 'timers', modules: ['timers', 'timers/promises'], rooms: ['packages/core/src/clock.ts'] },
  {
    subject: 'the machine',
    modules: ['fs', 'fs/promises', 'child_process', 'readline'],
    rooms: ['packages/cli/']
  }
]

/** Words that mean time, chance or the machine, and the rooms where they may stand. */
export const words: readonly {
  readonly subject: string
  readonly pattern: RegExp
  readonly rooms: readonly string[]
}[] = [
  {
    subject: 'timers',
    pattern: /^(setTimeout|setInterval|setImmediate|queueMicrotask|process\.nextTick)$/,
    rooms: ['packages/core/src/clock.ts']
  },
  {
    subject: 'time',
    pattern: /^(Date\.now|new Date\(\)|performance|process\.hrtime|process\.uptime)$/,
    rooms: ['packages/core/src/clock.ts']
  },
  { subject: 'chance', pattern: /^Math\.random$/, rooms: ['packages/core/src/random.ts'] },
  { subject: 'cryptography', pattern: /^crypto$/, rooms: ['packages/sasl/', 'packages/testing/'] },
  { subject: 'the environment', pattern: /^process\.env$/, rooms: ['packages/cli/'] }
]

/** A word in a room that a rule above would refuse, and why it may stand there. */
export const exceptions: readonly { readonly room: string; readonly words: readonly string[]; readonly why: string }[] =
  [
    {
      room: 'packages/core/src/surface.ts',
      words: ['queueMicrotask'],
      why: 'what a user’s callback throws must come out from under our own stack'
    },
    {
      room: 'packages/base/src/dual.ts',
      words: ['queueMicrotask'],
      why: 'an outcome that is known before the call has returned is put off until it has'
    },
    {
      room: 'packages/connection/src/transports/',
      words: ['process.nextTick'],
      why: 'a transport is made of Node’s own streams and lives in their time; it is replaced as a whole'
    }
  ]
