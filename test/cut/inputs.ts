// Inputs described by a rule, so that vectors need not carry them; any language makes the same bytes.

export type Rule = 'painted' | 'zero' | 'splitmix'

/** painted: byte i is i mod 251. splitmix: the words of a 32-bit counter hash, big-endian (see the vectors' notes). */
export function makeInput(rule: Rule, length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  if (rule === 'painted') for (let i = 0; i < length; i++) bytes[i] = i % 251
  if (rule !== 'splitmix') return bytes
  let state = seed | 0
  for (let at = 0; at < length; at += 4) {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    word ^= word >>> 16
    for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = word >>> (24 - 8 * i)
  }
  return bytes
}

/** The lengths of all chunks of `bytes`. */
export function cutAll(
  cut: (bytes: Uint8Array, start: number, end: number, isLast: boolean) => number,
  bytes: Uint8Array,
): number[] {
  const lengths: number[] = []
  for (let at = 0; at < bytes.length; at += lengths.at(-1) ?? 0)
    lengths.push(cut(bytes, at, bytes.length, true))
  return lengths
}
