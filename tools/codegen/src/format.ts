// Formats files the way the repository formats its own.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The root of the repository, with a slash at its end. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

export function format(paths: readonly string[]): void {
  execFileSync(`${root}node_modules/.bin/oxfmt`, ['-c', `${root}.oxfmtrc.json`, ...paths], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit']
  })
}
