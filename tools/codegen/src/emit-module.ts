// A whole generated module: the codecs of one API, for the client or for the test cluster.
import type { ApiSchema } from '@sluice/protocol/schema'
import { emitReaders } from './emit-read.ts'
import { emitTypes } from './emit-types.ts'
import { emitWriters } from './emit-write.ts'
import { clientHalf, messageOf, serverHalf, type Half, type Message } from './model.ts'

export interface GeneratedModule {
  /** Without directory. */
  readonly fileName: string
  readonly text: string
  /** What the module exports: the codec first, then the types. */
  readonly valueName: string
  readonly typeNames: readonly string[]
}

export function clientModule(schema: ApiSchema): GeneratedModule | null {
  const half = clientHalf(schema)
  if (half === null) return null
  const valueName = `${valueNameOf(schema)}Api`
  const type = `Api<${schema.name}Request, ${schema.name}Response>`
  const codec = [
    `export const ${valueName}: ${type} = {`,
    ...identityLines(schema, half),
    `throttleFrom: ${schema.throttleFrom ?? 32_767},`,
    'write: writeRequest,',
    'read: readResponse',
    '}'
  ]
  return moduleOf(schema, half, valueName, codec, (values, types) => [
    "import type { Api } from '../api.ts'",
    importLine([], ['Reader'], '../wire/reader.ts'),
    importLine([], types.includes('RecordBytes') ? ['RecordBytes', 'Writer'] : ['Writer'], '../wire/writer.ts'),
    ...(values.includes('noUuid') ? [importLine(['noUuid'], [], '../wire/uuid.ts')] : []),
    ...(values.includes('notNull') ? [importLine(['notNull'], [], '../wire/not-null.ts')] : [])
  ])
}

export function serverModule(schema: ApiSchema): GeneratedModule {
  const half = serverHalf(schema)
  const valueName = `${valueNameOf(schema)}Server`
  const type = `ServerApi<${schema.name}Request, ${schema.name}Response>`
  const codec = [
    `export const ${valueName}: ${type} = {`,
    ...identityLines(schema, half),
    'readRequest,',
    'writeResponse',
    '}'
  ]
  return moduleOf(schema, half, valueName, codec, (values, types) => [
    importLine(values, ['Reader', ...types, 'Writer'], '@sluice/protocol'),
    "import type { ServerApi } from './server-api.ts'"
  ])
}

export function indexModule(
  modules: readonly GeneratedModule[],
  firstLine: string,
  extra: readonly string[] = []
): string {
  const lines = modules.map(module => {
    const names = [module.valueName, ...module.typeNames.map(name => `type ${name}`)]
    return `export { ${names.join(', ')} } from './${module.fileName}'`
  })
  return [firstLine, notice, ...lines, ...extra, ''].join('\n')
}

const notice = '// Generated from the schema by `pnpm generate`: change that, not this.'
const counted = '// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be'

function moduleOf(
  schema: ApiSchema,
  half: Half,
  valueName: string,
  codec: readonly string[],
  imports: (values: readonly string[], types: readonly string[]) => readonly string[]
): GeneratedModule {
  const request = messageOf(schema, 'Request', half)
  const response = messageOf(schema, 'Response', half)
  const body = [
    emitTypes(request),
    emitTypes(response),
    codec.join('\n'),
    emitCodecs(request),
    emitCodecs(response)
  ].join('\n\n')
  const used = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(body)
  const values = ['noUuid', 'notNull'].filter(used)
  const types = ['RecordBytes'].filter(used)
  const job =
    half.side === 'client' ? 'its request written, its response read' : 'its request read, its response written'
  const head = [`// ${schema.name}: ${job}.`, notice, ...(used('Array') ? [counted] : []), ...imports(values, types)]
  return {
    fileName: `${kebab(schema.name)}.ts`,
    text: `${head.join('\n')}\n\n${body}\n`,
    valueName,
    typeNames: [...request.parts, ...response.parts].map(part => part.typeName)
  }
}

function identityLines(schema: ApiSchema, half: Half): string[] {
  return [
    `key: ${schema.key},`,
    `name: '${schema.name}',`,
    `versions: { min: ${half.versions.min}, max: ${half.versions.max} },`,
    `flexibleFrom: ${schema.flexibleFrom},`
  ]
}

function emitCodecs(message: Message): string {
  return message.direction === 'write' ? emitWriters(message) : emitReaders(message)
}

function importLine(values: readonly string[], types: readonly string[], from: string): string {
  if (values.length === 0) return `import type { ${types.join(', ')} } from '${from}'`
  return `import { ${[...values, ...types.map(name => `type ${name}`)].join(', ')} } from '${from}'`
}

function valueNameOf(schema: ApiSchema): string {
  return schema.name.charAt(0).toLowerCase() + schema.name.slice(1)
}

export function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
}
