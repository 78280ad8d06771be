// Finds the TypeScript that stands in README files and docs, and type-checks it against the packages' sources.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Snippet {
  /** Path from the repository's root. */
  readonly page: string
  /** Of the first line of code, from 1. */
  readonly line: number
  readonly code: string
}

/** The pages at the root, README files in packages, and everything under docs/. */
export function pagesOf(root: string): readonly string[] {
  const readmes = readdirSync(join(root, 'packages')).map(name => `packages/${name}/README.md`)
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const own = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']
  const pages = [...own, ...readmes, ...docs.map(path => `docs/${path.replaceAll('\\', '/')}`)]
  return pages.filter(path => path.endsWith('.md') && textOf(root, path) !== null)
}

/** Blocks that are marked ```ts. What is not meant to compile is marked otherwise. */
export function snippetsOf(page: string, text: string): readonly Snippet[] {
  const snippets: Snippet[] = []
  const lines = text.split('\n')
  for (let start = lines.indexOf('```ts'); start >= 0; start = lines.indexOf('```ts', start + 1)) {
    const end = lines.indexOf('```', start)
    const code = lines.slice(start + 1, end < 0 ? lines.length : end).join('\n')
    snippets.push({ page, line: start + 2, code: `${code}\n` })
  }
  return snippets
}

/** What the compiler says against the snippets, with the pages' own names and lines; empty when it has no objection. */
export async function typeCheck(root: string, snippets: readonly Snippet[]): Promise<readonly string[]> {
  // Where the libraries are that the pages show in use.
  const folder = join(root, 'tools/how-to/node_modules/.cache/snippets')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [index, { code }] of snippets.entries())
    writeFileSync(join(folder, `snippet-${index}.ts`), placed(root, code))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project(root)))
  const output = await compile(folder)
  return output.split('\n').flatMap(line => {
    const [, index, at, rest] = /snippet-(\d+)\.ts\((\d+),(.*)$/.exec(line) ?? []
    const snippet = snippets[Number(index)]
    // Errors in the packages themselves are found where those are built.
    if (snippet === undefined) return line.startsWith('error TS') ? [line] : []
    return [`${snippet.page}:${snippet.line + Number(at) - 1} (${rest}`]
  })
}

/** A snippet whose first line names its file imports its neighbours there. */
function placed(root: string, code: string): string {
  const folder = /^\/\/ ((?:packages|tools)\/\S+)\/[^/]+\.ts\n/.exec(code)?.[1]
  return folder === undefined ? code : code.replaceAll(/from '\.\//g, `from '${join(root, folder)}/`)
}

function project(root: string): object {
  const names = readdirSync(join(root, 'packages'))
  return {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      typeRoots: [join(root, 'node_modules/@types')],
      paths: Object.fromEntries(names.map(name => [`@sluice/${name}`, [join(root, `packages/${name}/src/index.ts`)]]))
    },
    include: ['*.ts']
  }
}

function compile(folder: string): Promise<string> {
  const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [tsc, '-p', folder, '--pretty', 'false'],
      { maxBuffer: 10_000_000 },
      (error, stdout, stderr) => {
        if (error !== null && stdout === '') reject(new Error(`tsc failed: ${stderr}`, { cause: error }))
        else resolve(stdout)
      }
    )
  })
}

/** Null when there is no such page. */
export function textOf(root: string, page: string): string | null {
  try {
    return readFileSync(join(root, page), 'utf8')
  } catch {
    return null
  }
}
