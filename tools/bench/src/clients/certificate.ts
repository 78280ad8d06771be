// The certificate that the null broker shows.
import { readFileSync } from 'node:fs'

export function certificateOf(path: string | null): string | null {
  return path === null ? null : readFileSync(path, 'utf8')
}
