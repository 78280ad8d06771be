// Standard output and standard error, which may lose their reader while a command is at work.
import type { Writable } from 'node:stream'

/** Writes text. A reader that has gone, such as `head`, had enough, and is nobody's failure; any other error is told. */
export function writerTo(stream: Writable, onLost: (error: Error) => void): (text: string) => void {
  stream.on('error', error => {
    if (!('code' in error && error.code === 'EPIPE')) onLost(error)
  })
  return text => void stream.write(text)
}
