#!/usr/bin/env node
// The `sluice` command: the process around the command line.
import { systemClock } from '@sluice/core'
import { fstatSync } from 'node:fs'
import { cli } from './cli.ts'
import { writerTo } from './outputs.ts'
import { exitStatus, type ExitStatus } from './shell.ts'

function inputBytes(): number | null {
  try {
    const stat = fstatSync(0)
    return stat.isFile() ? stat.size : null
  } catch {
    return null
  }
}

let lost: ExitStatus = exitStatus.ok
const onLost = (): void => {
  lost = exitStatus.failed
  process.exitCode ||= lost
}
const status = await cli(process.argv.slice(2), {
  input: process.stdin,
  inputBytes: inputBytes(),
  out: writerTo(process.stdout, onLost),
  err: writerTo(process.stderr, onLost),
  terminalColumns: () => (process.stderr.isTTY ? process.stderr.columns : null),
  env: process.env,
  onInterrupt: listener => {
    process.on('SIGINT', listener)
    process.on('SIGTERM', listener)
    return () => {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    }
  },
  clock: systemClock
})
process.exitCode = status || lost
// A terminal or a pipe that is still open as input would keep the process.
process.stdin.destroy()
