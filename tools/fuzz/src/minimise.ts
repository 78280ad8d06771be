// Makes an input that fails as short and as plain as it can be.

/** Whether an input still fails in the same way. */
export type StillFails = (input: Uint8Array) => Promise<boolean>

/** @param tries how many inputs may be tried */
export async function minimise(input: Uint8Array, stillFails: StillFails, tries: number): Promise<Uint8Array> {
  let best: Buffer = Buffer.from(input)
  let left = tries
  const better = async (candidate: Buffer): Promise<boolean> => {
    if (left-- <= 0 || candidate.equals(best)) return false
    if (!(await stillFails(candidate))) return false
    best = candidate
    return true
  }
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && left > 0;) {
      // Each step begins with what the one before has left.
      // oxlint-disable-next-line no-await-in-loop
      const shorter = await better(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))
      if (!shorter) at += size
    }
  }
  for (let at = 0; at < best.length && left > 0; at++) {
    const plainer = Buffer.from(best)
    plainer[at] = 0
    // oxlint-disable-next-line no-await-in-loop -- one after another, as above
    await better(plainer)
  }
  return best
}
