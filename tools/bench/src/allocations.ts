// Counts the bytes that a stretch of work allocates, from what the garbage collector says it found.
import { GCProfiler, getHeapStatistics } from 'node:v8'

interface HeapSize {
  readonly usedHeapSize: number
  readonly externalMemory: number
}

const total = ({ usedHeapSize, externalMemory }: HeapSize): number => usedHeapSize + externalMemory

/**
 * Starts counting; the function returned ends it. What was allocated is what each collection found above what the one
 * before had left. Memory that native code takes past V8 is not seen.
 */
export function countAllocations(): () => number {
  const profiler = new GCProfiler()
  profiler.start()
  let left = now()
  return () => {
    const end = now()
    const { statistics } = profiler.stop()
    let bytes = 0
    for (const { beforeGC, afterGC } of statistics) {
      // Freed external memory is told between collections: a step down is not an allocation.
      bytes += Math.max(0, total(beforeGC.heapStatistics) - left)
      left = total(afterGC.heapStatistics)
    }
    return bytes + Math.max(0, end - left)
  }
}

function now(): number {
  const { used_heap_size: used, external_memory: external } = getHeapStatistics()
  return used + external
}
