// What a codec is made with: the options that it has, and nothing else in their place.
import { InvalidArgumentError } from '@sluice/core'

/**
 * @param names of the options that there are
 * @throws InvalidArgumentError for what is no object, and for a name that is not among them
 */
export function checkCodecOptions(codec: string, options: unknown, names: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidArgumentError(notAnObject(codec, options, names))
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || names.includes(name)) continue
    const known = names.length === 0 ? 'takes none' : `has ${names.join(', ')}`
    throw new InvalidArgumentError(`There is no option ${name} of ${codec}: it ${known}`)
  }
}

function notAnObject(codec: string, options: unknown, [first]: readonly string[]): string {
  const given = shown(options)
  if (first === undefined) return `${codec} takes no options, and was given ${given}`
  return `The options of ${codec} must be an object, such as { ${first}: … }, not ${given}`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
