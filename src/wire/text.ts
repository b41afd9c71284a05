// Text for people that crosses the wire: the Reason of CLOSE, the text of REFUSE, names. Ours is cut to its limit
// here, the peer's is made fit to be shown here. PROTOCOL.md §7.10, §15.1-6.

import { reasonBytesMax, textBytesMax } from './limits.ts'

/** As the Reason of a CLOSE: cut to what fits, between two characters. §7.10-1 */
export function reasonOf(text: string): Uint8Array {
  return encodeWithin(text, reasonBytesMax)
}

/** As the text of a REFUSE, cut in the same way. */
export function refusalText(text: string): string {
  return new TextDecoder().decode(encodeWithin(text, textBytesMax))
}

/** A peer's bytes as text that may be shown: what is no UTF-8 becomes U+FFFD, the rest is made printable. */
export function shownText(text: Uint8Array): string {
  return printable(new TextDecoder().decode(text))
}

/** Text from outside as it may be shown: no control characters, no escapes, nothing that turns the line around. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

function encodeWithin(text: string, bytesMax: number): Uint8Array {
  const target = new Uint8Array(bytesMax)
  return target.subarray(0, new TextEncoder().encodeInto(text, target).written)
}

/**
 * A JSON document of one line of which no character does anything to a terminal: what JSON leaves as it is, is escaped as JSON
 * escapes.
 */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)

/** As JSON writes a character, a pair for one outside the basic plane. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
