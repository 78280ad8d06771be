// Threads for kernels: one for each, however many compressors there are.
import { availableParallelism } from 'node:os'
import { BlockThread, type BlockWorker } from './block-thread.ts'
import type { Kernel, KernelModule } from './kernel.ts'

/** Null: there is none to be had. */
export type FindWorker = (kernel: Kernel, module: KernelModule) => BlockWorker | null

/** @param processors how many there are: where a process has one to itself, another thread only takes it away from this one */
export function sharedThreads(processors: () => number): FindWorker {
  const threads = new WeakMap<Kernel, BlockWorker | null>()
  return (kernel, module) => {
    let thread = threads.get(kernel)
    if (thread === undefined) {
      thread = processors() < 2 ? null : startThread(kernel, module)
      threads.set(kernel, thread)
    }
    return thread
  }
}

function startThread(kernel: Kernel, module: KernelModule): BlockWorker | null {
  try {
    return new BlockThread(kernel, module)
  } catch {
    // A runtime without threads, or one that was told to allow none.
    return null
  }
}

/** The process has one for each kernel, however many codecs there are, as it has one pool of them in Node. */
export const processThreads: FindWorker = sharedThreads(availableParallelism)
