// What the other side says in words, fit to stand in a message of ours.

const longest = 300

/**
 * One line of at most 300 characters, none of them a control character: a broker may say anything, of any length.
 *
 * @param secret what may not be shown: of a text that repeats it nothing is, because a part would still tell of it
 */
export function foreignText(text: string, secret = ''): string {
  if (secret !== '' && text.includes(secret)) return 'what it said is not shown: it repeats the credentials'
  const line = text
    .slice(0, longest)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  return text.length > longest ? `${line}…` : line
}
