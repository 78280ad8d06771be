// The boundary check for other tools and tests.
export { check, rules } from './check.ts'
export { draw, redraw } from './drawing.ts'
export { graph, type PackageRule } from './graph.ts'
export { readTree, type Tree, type Violation } from './tree.ts'
