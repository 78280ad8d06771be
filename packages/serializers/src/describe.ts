// How a value that cannot be serialized is named in an error: its kind, and its content only where that is short and no secret.

export function describe(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return `${value}n`
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'string':
      return `a string of ${value.length} characters`
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return value === null ? 'null' : `an object (${value.constructor?.name ?? 'no class'})`
  }
}
