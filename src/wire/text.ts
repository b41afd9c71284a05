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

/** A peer's text as it may be shown: what is no UTF-8 or would steer a terminal becomes U+FFFD. */
export function shownText(text: Uint8Array | string): string {
  const decoded = typeof text === 'string' ? text : new TextDecoder().decode(text)
  return decoded.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, '\ufffd')
}

function encodeWithin(text: string, bytesMax: number): Uint8Array {
  const target = new Uint8Array(bytesMax)
  return target.subarray(0, new TextEncoder().encodeInto(text, target).written)
}
