// The command line as a library: for tests, and for tools that run it in their own process.
export { cli } from './cli.ts'
export { exitStatus, type ExitStatus, type Shell } from './shell.ts'
