// Where the messages of a cell go.
import type { Cell } from './cells.ts'
import type { Target } from './null-broker.ts'

export type StageKind = 'null-broker' | 'kafka-1' | 'kafka-3'

export interface Stage {
  readonly kind: StageKind
  readonly name: string
  readonly certificate: string | null
  /** A text, the reason, when this stage cannot show the cell. */
  open(cell: Cell, pin: readonly string[]): Promise<Target | string>
  stop(): Promise<void>
}
