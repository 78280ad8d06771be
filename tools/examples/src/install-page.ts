// Lays out docs/install.md.
import { availableParallelism, loadavg } from 'node:os'
import type { BundleFacts, PackageFacts } from './install-facts.ts'

export function installPage(
  packages: readonly PackageFacts[],
  bundles: readonly BundleFacts[],
  imports: number
): string {
  return `# What installing it costs

<!-- Written by \`pnpm run facts\`; do not edit. -->

Each package by itself, packed as it would be published, installed by npm into an empty project on Node ${process.versions.node}, ${process.platform}-${process.arch}.
No package runs a script when it is installed${scriptsNote(packages)}.

| Package | Packages | not Sluice's | Install scripts | On disk | of it code | Import |
| --- | --: | --: | --: | --: | --: | --: |
${packages.map(packageRow).join('\n')}

"On disk" has everything in \`node_modules\`: code, types, source maps, the TypeScript sources that these point to, README and license. "Code" is what Node
may load. "Import" is the fastest of ${imports} imports, each in a new process, the package's dependencies included; \`@sluice/cli\` is a command. It was
measured at a load of ${Math.round(loadavg()[0] ?? 0)} on ${availableParallelism()} processors, which makes it longer where there was more load than processors.
${foreignNote(packages)}
## Bundled

By esbuild, minified, for Node, with everything that the names need from Sluice:

| Imported | Minified | and gzipped |
| --- | --: | --: |
${bundles.map(({ what, minifiedBytes, gzippedBytes }) => `| ${what} | ${kB(minifiedBytes)} | ${kB(gzippedBytes)} |`).join('\n')}
`
}

function packageRow({ name, packages, foreign, installScripts, bytes, codeBytes, importMs }: PackageFacts): string {
  const time = importMs === null ? '–' : `${importMs.toFixed(1)} ms`
  return `| \`${name}\` | ${packages} | ${foreign.length} | ${installScripts.length} | ${kB(bytes)} | ${kB(codeBytes)} | ${time} |`
}

function scriptsNote(packages: readonly PackageFacts[]): string {
  const scripts = [...new Set(packages.flatMap(({ installScripts }) => installScripts))]
  return scripts.length === 0 ? '' : `, except ${scripts.map(path => `\`${path}\``).join(', ')}`
}

function foreignNote(packages: readonly PackageFacts[]): string {
  const foreign = [...new Set(packages.flatMap(one => one.foreign))]
  if (foreign.length === 0) return ''
  const names = foreign.map(name => `\`${name}\``).join(', ')
  return `
Not Sluice's: ${names}. They are optional, come with \`@sluice/compression-zstd\`, and are used before Node 22.15 only;
\`npm install --omit=optional\` leaves them out.
`
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toLocaleString('en', { maximumFractionDigits: bytes < 10_000 ? 1 : 0 })} kB`
}
