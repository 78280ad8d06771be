// What a topic may be called.

const pattern = /^[a-zA-Z0-9._-]{1,249}$/

export function isTopicName(name: unknown): name is string {
  return typeof name === 'string' && name !== '.' && name !== '..' && pattern.test(name)
}
