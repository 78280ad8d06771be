// Keeps one line on a terminal moving while a command works.
import type { Shell } from './shell.ts'

/** How often the line moves. */
const stepMs = 100

/**
 * @param text what the line says now, in at most so many columns
 * @returns draws it once more and ends it
 */
export function startTerminalLine(shell: Shell, text: (columns: number) => string): () => void {
  const columns = shell.terminalColumns()
  if (columns === null) return () => undefined
  const draw = (): void => shell.err(`\r\u001B[K${text(shell.terminalColumns() ?? columns)}`)
  const again = (): void => {
    draw()
    timer = shell.clock.after(stepMs, again)
  }
  let timer = shell.clock.after(stepMs, again)
  return () => {
    timer.cancel()
    draw()
    shell.err('\n')
  }
}
