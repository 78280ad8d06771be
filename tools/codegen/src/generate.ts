// All generated files: the client half for protocol, the server half for testing.
import { schemas } from '@sluice/protocol/schema'
import { clientModule, indexModule, serverModule, type GeneratedModule } from './emit-module.ts'

/** Where the generated files are, from the root of the repository. */
export const generatedFolders = ['packages/protocol/src/messages', 'packages/testing/src/messages'] as const

const serverExports =
  "export { encodeResponse, readRequestHeader, type RequestHeader, type ServerApi } from './server-api.ts'"

/** Paths from the root of the repository, and texts that are yet to be formatted. */
export function generate(): Map<string, string> {
  const [clientFolder, serverFolder] = generatedFolders
  const clients = schemas.map(clientModule).filter(module => module !== null)
  const servers = schemas.map(serverModule)
  const files = new Map<string, string>()
  addFiles(files, clientFolder, clients, indexModule(clients, "// The client's half of every API."))
  addFiles(files, serverFolder, servers, indexModule(servers, "// The broker's half of every API.", [serverExports]))
  return files
}

function addFiles(
  files: Map<string, string>,
  folder: string,
  modules: readonly GeneratedModule[],
  index: string
): void {
  for (const module of modules) files.set(`${folder}/${module.fileName}`, module.text)
  files.set(`${folder}/index.ts`, index)
}
