// A small repository in memory that keeps every rule, for tests that break one at a time.
import { redraw } from './drawing.ts'
import type { Tree } from './tree.ts'

const manifest = (name: string, dependencies: readonly string[] = [], dev: readonly string[] = []): string =>
  JSON.stringify({
    name: `@sluice/${name}`,
    exports: { '.': './src/index.ts', './package.json': './package.json' },
    dependencies: Object.fromEntries(dependencies.map(other => [`@sluice/${other}`, 'workspace:^'])),
    devDependencies: Object.fromEntries(dev.map(other => [`@sluice/${other}`, 'workspace:^']))
  })

const references = (...paths: string[]): string => JSON.stringify({ references: paths.map(path => ({ path })) })

const files: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'sluice', devDependencies: { vitest: 'catalog:' } }),
  'tsconfig.json': references('packages/core', 'packages/sasl', 'packages/testing', 'tools/demo'),
  'docs/architecture.md':
    '# The house\n\n<!-- graph: written by `pnpm check --write` -->\n<!-- end of graph -->\n\nRooms: `packages/core`, `packages/sasl`, `packages/testing`, `tools/demo`; `clock.ts`, `core/src/`.\n',
  'packages/core/package.json': manifest('core'),
  'packages/core/tsconfig.build.json': references(),
  'packages/core/tsconfig.test.json': references('./tsconfig.build.json'),
  'packages/core/src/index.ts': "// The words.\nexport { after } from './clock.ts'\n",
  'packages/core/src/clock.ts':
    '// Time.\nexport const after = (task: () => void): unknown => setTimeout(task, Date.now())\n',
  'packages/testing/package.json': manifest('testing', ['core']),
  'packages/testing/tsconfig.build.json': references('../core/tsconfig.build.json'),
  'packages/testing/tsconfig.test.json': references('./tsconfig.build.json'),
  'packages/testing/src/index.ts': "// The stage.\nimport { after } from '@sluice/core'\nexport const stage = after\n",
  'packages/sasl/package.json': manifest('sasl', ['core'], ['testing']),
  'packages/sasl/tsconfig.build.json': references('../core/tsconfig.build.json'),
  'packages/sasl/tsconfig.test.json': references('./tsconfig.build.json', '../testing/tsconfig.build.json'),
  'packages/sasl/src/index.ts':
    "// Who you are.\nimport { createHash } from 'node:crypto'\nimport { after } from '@sluice/core'\nexport const sasl = [after, createHash]\n",
  'packages/sasl/src/index.test.ts':
    "import { stage } from '@sluice/testing'\nimport { it } from 'vitest'\nit('works', stage)\n",
  'tools/demo/package.json': manifest('demo', ['sasl']),
  'tools/demo/tsconfig.build.json': references('../../packages/sasl/tsconfig.build.json'),
  'tools/demo/tsconfig.test.json': references('./tsconfig.build.json'),
  'tools/demo/src/main.ts': "// Shows it.\nimport { sasl } from '@sluice/sasl'\nsetTimeout(() => sasl, 1)\n"
}

/** The small repository with some files changed, added, or (as null) taken away; its drawing is right for the whole one. */
export function house(changes: Readonly<Record<string, string | null>> = {}): Tree {
  const tree = new Map(Object.entries(files))
  tree.set('docs/architecture.md', redraw(tree))
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) tree.delete(path)
    else tree.set(path, text)
  }
  return tree
}
