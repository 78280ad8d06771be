import { describe, expect, it } from 'vitest'
import { check, rules } from './check.ts'
import { house } from './house.fixture.ts'

const core = 'packages/core/src/part.ts'
const sasl = 'packages/sasl/src/part.ts'
const saslTest = 'packages/sasl/src/part.test.ts'
const tiny = (code: string): string => `// A part.\n${code}\n`
const saslManifest = (changes: object): string =>
  JSON.stringify({ ...JSON.parse(house().get('packages/sasl/package.json') ?? ''), ...changes })
const references = (...paths: string[]): string => JSON.stringify({ references: paths.map(path => ({ path })) })

const page = house().get('docs/architecture.md') ?? ''

/** What is changed in a house that keeps the rules, and the one complaint that must follow. */
const broken: readonly [what: string, changes: Record<string, string | null>, rule: string, says: RegExp][] = [
  [
    'an arrow that points up',
    { [core]: tiny("import { sasl } from '@sluice/sasl'") },
    'graph',
    /core may not import sasl/
  ],
  [
    'an import type that points up',
    { [core]: tiny("import type { S } from '@sluice/sasl'") },
    'graph',
    /may not import/
  ],
  [
    'a dynamic import that points up',
    { [core]: tiny("const s = await import('@sluice/sasl')") },
    'graph',
    /may not import/
  ],
  [
    'an import in a type that points up',
    { [core]: tiny("type S = import('@sluice/sasl').S") },
    'graph',
    /may not import/
  ],
  ['a re-export from above', { [core]: tiny("export { sasl } from '@sluice/sasl'") }, 'graph', /may not import/],
  [
    'an arrow for tests used in source',
    { [sasl]: tiny("import { stage } from '@sluice/testing'") },
    'graph',
    /sasl may not import testing/
  ],
  ['a test that reaches up', { [saslTest]: "import { Base } from '@sluice/demo'" }, 'graph', /even in tests/],
  ['a tool in a package', { [sasl]: tiny("import { x } from '@sluice/demo'") }, 'graph', /sasl may not import demo/],
  [
    'a judge that uses what it judges',
    {
      'tools/simulate/package.json': JSON.stringify({
        name: '@sluice/simulate',
        dependencies: { '@sluice/sasl': 'workspace:^' }
      }),
      'tools/simulate/src/oracle/part.ts': tiny("import type { S } from '@sluice/sasl'")
    },
    'graph',
    /what is judged here is not used here/
  ],
  ['a package that does not exist', { [sasl]: tiny("import { x } from '@sluice/nothing'") }, 'graph', /does not exist/],
  [
    'a file inside another package',
    { [sasl]: tiny("import { x } from '@sluice/core/src/clock.ts'") },
    'graph',
    /not an entry point/
  ],
  ['its own name', { [sasl]: tiny("import { x } from '@sluice/sasl'") }, 'graph', /relative path/],
  ['an npm package that is not declared', { [sasl]: tiny("import chalk from 'chalk'") }, 'graph', /does not list/],
  [
    'an npm package that tests do not declare',
    { [saslTest]: "import chalk from 'chalk'" },
    'graph',
    /no package.json declares/
  ],
  [
    'an npm package by way of createRequire',
    { [sasl]: tiny("const chalk = createRequire(import.meta.url)('chalk')") },
    'graph',
    /does not list/
  ],
  [
    'an npm package that the graph does not allow',
    {
      [sasl]: tiny("import chalk from 'chalk'"),
      'packages/sasl/package.json': saslManifest({ dependencies: { chalk: 'catalog:', '@sluice/core': 'workspace:^' } })
    },
    'graph',
    /may not use the library chalk/
  ],
  [
    'a dependency that the graph does not allow',
    {
      'packages/core/package.json': JSON.stringify({
        name: '@sluice/core',
        exports: { '.': '' },
        peerDependencies: { '@sluice/sasl': 'workspace:^' }
      })
    },
    'manifest',
    /core may not depend on sasl/
  ],
  [
    'a package that is not in the graph',
    { 'packages/attic/package.json': JSON.stringify({ name: '@sluice/attic' }) },
    'manifest',
    /attic is not in the graph/
  ],
  [
    'a name that is not the folder’s',
    { 'packages/sasl/package.json': saslManifest({ name: '@sluice/scram' }) },
    'manifest',
    /is named @sluice\/scram/
  ],
  [
    'a version written by hand',
    { 'packages/sasl/package.json': saslManifest({ dependencies: { '@sluice/core': '^1.0.0' } }) },
    'manifest',
    /write workspace:\^/
  ],
  [
    'a dependency nobody imports',
    { 'packages/testing/src/index.ts': tiny('export const stage = 1') },
    'manifest',
    /src does not import/
  ],
  ['a dev dependency nobody imports', { 'packages/sasl/src/index.test.ts': null }, 'manifest', /no test imports/],
  [
    'a reference that is missing',
    { 'packages/sasl/tsconfig.build.json': references() },
    'references',
    /does not refer to packages\/core/
  ],
  [
    'a reference without a dependency',
    { 'packages/core/tsconfig.build.json': references('../sasl/tsconfig.build.json') },
    'references',
    /refers to packages\/sasl/
  ],
  [
    'a project that the root leaves out',
    { 'tsconfig.json': references('packages/core', 'packages/sasl', 'packages/testing') },
    'references',
    /tools\/demo/
  ],
  ['a package without a test project', { 'packages/sasl/tsconfig.test.json': null }, 'references', /is missing/],
  [
    'a dependency that goes round',
    {
      'packages/testing/package.json': JSON.stringify({
        name: '@sluice/testing',
        exports: { '.': '' },
        optionalDependencies: { '@sluice/testing': 'workspace:^' }
      })
    },
    'cycles',
    /@sluice\/testing -> @sluice\/testing/
  ],
  ['sockets', { [sasl]: tiny("import { connect } from 'node:net'") }, 'homes', /node:net: sockets/],
  ['sockets without the prefix', { [sasl]: tiny("import { connect } from 'tls'") }, 'homes', /tls: sockets/],
  [
    'sockets when they are used',
    { [sasl]: tiny("process.getBuiltinModule('node:tls')") },
    'homes',
    /node:tls: sockets/
  ],
  ['cryptography', { [core]: tiny("import { createHash } from 'node:crypto'") }, 'homes', /cryptography/],
  ['the global cryptography', { [core]: tiny('export const id = crypto.randomUUID()') }, 'homes', /cryptography/],
  ['compression', { [sasl]: tiny("import { gzipSync } from 'node:zlib'") }, 'homes', /compression/],
  ['files', { [sasl]: tiny("import { readFileSync } from 'node:fs'") }, 'homes', /the machine/],
  ['a timer', { [sasl]: tiny('setTimeout(() => {}, 10)') }, 'homes', /setTimeout: timers/],
  ['a timer by way of globalThis', { [sasl]: tiny('globalThis.setInterval(() => {}, 10)') }, 'homes', /setInterval/],
  ['a timer in a hole of a template', { [sasl]: tiny('const a = `${setTimeout(run, 1)}`') }, 'homes', /setTimeout/],
  [
    'a timer after a regular expression',
    { [sasl]: tiny("const a = /['`]/.test(b); setTimeout(run, 1)") },
    'homes',
    /setTimeout/
  ],
  ['a microtask', { [sasl]: tiny('queueMicrotask(run)') }, 'homes', /queueMicrotask/],
  ['the next tick', { [sasl]: tiny('process.nextTick(run)') }, 'homes', /process.nextTick/],
  [
    'timers as a module',
    { [sasl]: tiny("import { setTimeout as sleep } from 'node:timers/promises'\nawait sleep(1)") },
    'homes',
    /timers/
  ],
  ['a test that waits', { [saslTest]: 'setTimeout(() => {}, 10)' }, 'homes', /setTimeout/],
  ['a test that tells the time', { [saslTest]: 'const now = performance.now()' }, 'homes', /performance/],
  ['the time of day', { [sasl]: tiny('export const now = Date.now()') }, 'homes', /Date.now: time/],
  ['the time of day as a date', { [sasl]: tiny('export const now = new Date()') }, 'homes', /new Date\(\): time/],
  ['monotonic time', { [sasl]: tiny('export const now = performance.now()') }, 'homes', /performance: time/],
  ['chance', { [sasl]: tiny('export const die = Math.random()') }, 'homes', /Math.random: chance/],
  ['the environment', { [sasl]: tiny("export const home = process.env['HOME']") }, 'homes', /the environment/],
  [
    'a room named after nothing',
    { 'packages/sasl/src/utils.ts': tiny('export const a = 1') },
    'rooms',
    /named after its job/
  ],
  [
    'a folder named after nothing',
    { 'packages/sasl/src/helpers/a.ts': tiny('export const a = 1') },
    'rooms',
    /named after its job/
  ],
  ['a room without a first sentence', { [sasl]: 'export const a = 1\n' }, 'rooms', /first line/],
  ['a default export', { [sasl]: tiny('export default 1') }, 'rooms', /export default/],
  ['a star export', { [sasl]: tiny("export * from './index.ts'") }, 'rooms', /export \*/],
  [
    'a relative path into another package',
    { [sasl]: tiny("import { after } from '../../core/src/index.ts'") },
    'rooms',
    /by its name/
  ],
  ['a relative path without .ts', { [sasl]: tiny("import { sasl } from './index'") }, 'rooms', /carries .ts/],
  [
    'source that imports a test',
    { [sasl]: tiny("import { a } from './index.test.ts'") },
    'rooms',
    /does not import tests/
  ],
  [
    'a page that names a file that is gone',
    { 'docs/architecture.md': page.replace('clock.ts', 'watch.ts') },
    'page',
    /no watch.ts/
  ],
  [
    'a page that names a folder that is gone',
    { 'docs/architecture.md': page.replace('core/src/', 'core/lib/') },
    'page',
    /no core\/lib/
  ],
  [
    'a page that leaves a package out',
    { 'docs/architecture.md': page.replace('packages/sasl', 'packages') },
    'page',
    /packages\/sasl/
  ]
]

/** Looks forbidden and is not. */
const fine: readonly [what: string, path: string, code: string][] = [
  ['in a line comment', sasl, "// import { connect } from 'node:net'; setTimeout"],
  ['in a block comment', sasl, "/*\n * export default setTimeout\n * import 'node:net'\n */"],
  ['in a string', sasl, 'export const text = "setTimeout from \'node:net\'"'],
  ['in a template', sasl, 'export const text = `Date.now() ${1} export default`'],
  ['in a regular expression', sasl, 'export const timer = /setTimeout|`/'],
  ['after a division', sasl, 'export const half = (a: number): number => a / 2 // setTimeout / 2'],
  ['a member of that name', sasl, 'socket.setTimeout(5)'],
  ['a property of that name', sasl, 'export const clock = { setTimeout: 1 }'],
  ['a date from a number', sasl, 'export const day = new Date(0)'],
  ['a part of Math', sasl, 'export const most = Math.max(1, 2)'],
  ['where it is excepted', 'packages/core/src/surface.ts', 'queueMicrotask(run)'],
  ['cryptography at home', sasl, "import { createHmac } from 'node:crypto'"],
  ['one turn of the event loop in a test', saslTest, 'setImmediate(run)'],
  ['a timer against real brokers', 'packages/sasl/test-kafka/a.test.ts', 'setTimeout(() => {}, 1)']
]

describe('boundaries', () => {
  it('hold in a house that keeps the rules', () => {
    expect(check(house())).toEqual([])
  })

  it.each(broken)('are broken by %s', (_, changes, rule, says) => {
    const found = check(house(changes)).filter(violation => violation.rule === rule)
    expect(found.map(violation => violation.text).join('\n')).toMatch(says)
  })

  it.each(fine)('are not broken by a forbidden word %s', (_, path, code) => {
    expect(check(house({ [path]: tiny(code) })).filter(({ rule }) => rule !== 'drawing')).toEqual([])
  })

  it('are broken by a drawing that is not the code’s, until it is drawn anew', () => {
    const found = check(house({ 'docs/architecture.md': page.replace('<- core', '<- nothing') }))
    expect(found.map(({ rule }) => rule)).toEqual(['drawing'])
  })

  it('name each rule that a test breaks, and each rule is broken by a test', () => {
    expect(rules.map(rule => rule.name).toSorted()).toEqual(
      [...new Set([...broken.map(row => row[2]), 'drawing'])].toSorted()
    )
  })

  it('say the line', () => {
    const [found] = check(house({ [sasl]: tiny('\n/* two\nlines */ const text = `a\n${1}`\nsetTimeout(run, 1)') }))
    expect(found?.line).toBe(6)
  })
})
