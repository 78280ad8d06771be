// Turns a thread into one in which the faults are real.
import { register } from 'node:module'
import type { Change } from './change.ts'

/** What is imported from now on is changed; what was imported before stays as it is. */
export function plantIn(changes: readonly Change[]): void {
  const hook = new URL('./hook.js', import.meta.url)
  hook.search = encodeURIComponent(JSON.stringify(changes))
  register(hook)
}
