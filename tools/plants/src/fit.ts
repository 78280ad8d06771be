// Whether changes still fit the compiled code as it is now.
import { readFile } from 'node:fs/promises'
import { changed, type Change } from './change.ts'

const packages = new URL('../../../packages/', import.meta.url)

/** @returns why they do not, one line for each place that is gone; empty when all fit */
export async function misfits(changes: readonly Change[]): Promise<string[]> {
  const complaints = await Promise.all(changes.map(misfit))
  return complaints.filter(complaint => complaint !== null)
}

async function misfit(change: Change): Promise<string | null> {
  try {
    changed(change, await readFile(new URL(change.file, packages), 'utf8'))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
