// Waits for what somebody does too late.
import { systemClock } from '@sluice/core'

/** What somebody may still be at who has said that it is done. */
const lateTurns = 20

export async function afterwards(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- waiting is what this is for
  for (let turn = 0; turn < lateTurns; turn++) await new Promise<void>(resolve => systemClock.soon(resolve))
}
