// The command line as a function: arguments and a shell in, an exit status out.
import { readFileSync } from 'node:fs'
import { readCommand, type Command } from './args.ts'
import { helpPage } from './help.ts'
import { metadata } from './metadata.ts'
import { produce } from './produce.ts'
import { exitStatus, UsageError, type ExitStatus, type Shell } from './shell.ts'

export async function cli(argv: readonly string[], shell: Shell): Promise<ExitStatus> {
  try {
    return await execute(readCommand(argv), shell)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const [command] = argv
    const page = command === 'produce' || command === 'metadata' ? `sluice ${command}` : 'sluice'
    shell.err(`${error.message}\n${page} --help says more\n`)
    return exitStatus.usage
  }
}

async function execute(command: Command, shell: Shell): Promise<ExitStatus> {
  switch (command.name) {
    case 'produce':
      return produce(command.args, shell)
    case 'metadata':
      return metadata(command.args, shell)
    case 'help':
      shell.out(helpPage(command.topic))
      return exitStatus.ok
    case 'version':
      shell.out(`${version()}\n`)
      return exitStatus.ok
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}
