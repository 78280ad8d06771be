// Frees what nobody refers to, so that memory can be compared before and after.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | null = null

/** The memory of buffers is freed behind a collection; the next one waits for that. */
export function collectGarbage(): void {
  collect ??= collector()
  collect()
  collect()
}

/** A context made while the flag is set has the function. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return gc
}
