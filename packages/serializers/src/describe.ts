// How a value that cannot be serialized is named in an error: its kind, and its content only where that is a number.

export function describe(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (typeof value !== 'object') return `a ${typeof value}`
  // What the object itself has as its constructor is content, too.
  const maker: unknown = Object.getPrototypeOf(value)?.constructor
  return `an object (${typeof maker === 'function' ? maker.name : 'no class'})`
}
