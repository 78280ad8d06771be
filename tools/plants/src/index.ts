// Faults put into compiled code on purpose, to show that what should find them does. No package that is shipped knows of this.
export type { Change } from './change.ts'
export { misfits } from './fit.ts'
export { plantIn } from './plant-in.ts'
