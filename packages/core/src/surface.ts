// How an error thrown by a user's code comes out without going through ours.

/** Throws from a microtask: the process sees an uncaught exception, the caller goes on with its state consistent. */
export function surface(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown
  })
}
