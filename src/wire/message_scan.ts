// Which MessagePack a control message may be made of, checked before any decoder sees it. PROTOCOL.md §15.1.
//
// The format has more than we want to meet: extensions that build dates, errors and regular expressions, floats,
// records, headers that announce 2^32 elements, nesting without end. Ours is integers, booleans, byte strings and
// arrays, in one map with small ascending keys. What passes here has no more values than it has bytes.

import { Reader } from '../base/bytes.ts'
import { messageDepthMax } from './limits.ts'

/** True when the whole of `body` is one map in our subset (§15.1-3, §15.1-4). */
export function isOurMessagePack(body: Uint8Array): boolean {
  const r = new Reader(body)
  const head = r.u8()
  if (head >> 4 !== 0x8) return false
  let previous = -1
  for (let left = head & 0x0f; left > 0; left--) {
    const key = r.u8()
    if (r.failed || key > 0x7f || key <= previous) return false
    previous = key
    if (!skipValue(r, messageDepthMax - 1)) return false
  }
  return !r.failed && r.left === 0
}

function skipValue(r: Reader, depthLeft: number): boolean {
  const token = r.u8()
  if (token <= 0x7f || token >= 0xe0) return !r.failed
  if (token >> 4 === 0x9) return skipArray(r, token & 0x0f, depthLeft)
  switch (token) {
    case 0xc2: // false
    case 0xc3: // true
      return true
    case 0xc4: // bin 8
      return skipBytes(r, r.u8())
    case 0xc5: // bin 16
      return skipBytes(r, r.u16())
    case 0xcc: // u8, then u16, u32, u64
    case 0xcd:
    case 0xce:
    case 0xcf:
      return skipBytes(r, 2 ** (token - 0xcc))
    case 0xd0: // i8, then i16, i32, i64
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return skipBytes(r, 2 ** (token - 0xd0))
    case 0xdc: // array 16
      return skipArray(r, r.u16(), depthLeft)
    default: // no float, text, extension, map, nil, nor anything with a 32-bit length
      return false
  }
}

function skipBytes(r: Reader, count: number): boolean {
  r.bytes(count)
  return !r.failed
}

function skipArray(r: Reader, count: number, depthLeft: number): boolean {
  if (depthLeft === 0 || count > r.left) return false
  for (let i = 0; i < count; i++) if (!skipValue(r, depthLeft - 1)) return false
  return true
}
