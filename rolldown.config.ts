// What is published of a package: its own modules, joined into one file for each of its entries.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown'

interface Entries {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
}
interface Manifest extends Entries {
  readonly publishConfig: Entries
}

/** So that the bundle's source map leads to the TypeScript and not to what was made of it. */
const mapsOfTypeScript: Plugin = {
  name: 'maps-of-typescript',
  load: path => ({ code: readFileSync(path, 'utf8'), map: readFileSync(`${path}.map`, 'utf8') })
}

// In a package that package; at the root all of them.
const here = process.cwd()
const packages = existsSync(join(here, 'packages'))
  ? readdirSync(join(here, 'packages')).map(name => join(here, 'packages', name))
  : [here]

export default defineConfig(packages.map(joined))

function joined(folder: string): RolldownOptions {
  return {
    input: entriesOf(folder),
    platform: 'node',
    // Other packages stay what the user's package manager makes of them.
    external: /^[@a-z]/,
    plugins: [mapsOfTypeScript],
    output: {
      dir: join(folder, 'bundle'),
      cleanDir: true,
      chunkFileNames: 'shared.js',
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true
    }
  }
}

/** `publishConfig` says where an entry goes, and the same place of the manifest where it comes from. */
function entriesOf(folder: string): Record<string, string> {
  // A manifest of this repository; publint tells of an entry that has no file.
  const { publishConfig, ...own } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const entries: Record<string, string> = {}
  const add = (to: string, from: string): void => {
    entries[relative('bundle', to).replace(/\.js$/, '')] = join(folder, from)
  }
  for (const [name, to] of Object.entries(publishConfig.exports)) {
    const from = own.exports[name]
    if (typeof to === 'object' && typeof from === 'object') add(to.default, from.default)
  }
  for (const [name, to] of Object.entries(publishConfig.bin ?? {})) add(to, own.bin?.[name] ?? to)
  return entries
}
