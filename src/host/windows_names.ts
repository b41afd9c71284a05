// What Windows takes for one name and no more: there a name from outside could hold another separator, a drive, a stream of
// a file or a device. Pure, so that it is judged everywhere.

import { isUtf8 } from 'node:buffer'

/** Separators, drives and streams, patterns, and what no name there may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\x00-\x1f"*/:<>?\\|]/
/** Taken away without a word: `a.` is `a`. */
const vanishing = /[. ]$/
/** With any ending, and in any case. */
const devices = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)/i

export function isWindowsName(name: Uint8Array): boolean {
  if (!isUtf8(name)) return false // two of them could be one name there
  const text = Buffer.from(name).toString()
  return !forbidden.test(text) && !vanishing.test(text) && !devices.test(text)
}
