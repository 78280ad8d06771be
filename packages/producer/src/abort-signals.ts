// Hears signals: one listener on each, however many calls it was given to.

export class AbortSignals {
  readonly #watched = new Map<AbortSignal, { readonly tasks: Set<() => void>; readonly onAbort: () => void }>()

  /** Runs the task when the signal is aborted. Returns the undo. */
  watch(signal: AbortSignal, task: () => void): () => void {
    const { tasks } = this.#watched.get(signal) ?? this.#listen(signal)
    tasks.add(task)
    return () => {
      tasks.delete(task)
      if (tasks.size === 0) this.#forget(signal)
    }
  }

  #listen(signal: AbortSignal): { readonly tasks: Set<() => void>; readonly onAbort: () => void } {
    const tasks = new Set<() => void>()
    const onAbort = (): void => {
      for (const task of [...tasks]) task()
    }
    const watched = { tasks, onAbort }
    this.#watched.set(signal, watched)
    signal.addEventListener('abort', onAbort, { once: true })
    return watched
  }

  #forget(signal: AbortSignal): void {
    const watched = this.#watched.get(signal)
    if (watched === undefined || watched.tasks.size > 0) return
    this.#watched.delete(signal)
    signal.removeEventListener('abort', watched.onAbort)
  }
}
