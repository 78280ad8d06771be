// `pnpm check`, with `--write` to draw the graph in docs/architecture.md anew.
import { run } from './run.ts'

process.exitCode = run(process.cwd(), process.argv.includes('--write'), line => console.log(line))
