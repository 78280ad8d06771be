#!/usr/bin/env node
// The `sluice` command: the process around the command line.
import { systemClock } from '@sluice/core'
import { fstatSync } from 'node:fs'
import { cli } from './cli.ts'

function inputBytes(): number | null {
  try {
    const stat = fstatSync(0)
    return stat.isFile() ? stat.size : null
  } catch {
    return null
  }
}

process.exitCode = await cli(process.argv.slice(2), {
  input: process.stdin,
  inputBytes: inputBytes(),
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
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
// A terminal or a pipe that is still open as input would keep the process.
process.stdin.destroy()
