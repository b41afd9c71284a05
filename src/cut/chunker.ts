// Where a content is cut: a keyed 32-bit Gear hash over the last 32 bytes, cut after the byte where it falls below a
// threshold. Stateless: a chunk's length depends on nothing before its first byte, so cutting may start again at any
// chunk (§13.2-2). Knows neither ids nor files; the reference for any faster cutter. PROTOCOL.md §13.2

import { assert } from '../base/assert.ts'
import { type Chunking, windowBytes } from './limits.ts'

/**
 * The length of the chunk that begins at `start`, or 0 when bytes[start, end) is too little to tell: fewer than the
 * longest chunk, no cut among them, and more to come (`isLast` false).
 */
export type CutLength = (bytes: Uint8Array, start: number, end: number, isLast: boolean) => number

/** A position is a cut when the hash, unsigned, is below this: once in (target - min) bytes of chance. */
export function cutThreshold(chunking: Chunking): number {
  return Math.floor(2 ** 32 / (chunking.targetBytes - chunking.minBytes))
}

/** The cuts of one seed and one set of parameters (§13.2-1). */
export function createCutter(gear: Uint32Array, chunking: Chunking): CutLength {
  const { minBytes, maxBytes } = chunking
  assert(gear.length === 256 && minBytes >= windowBytes && maxBytes > minBytes, 'chunking parameters')
  const threshold = cutThreshold(chunking)
  // signed loads and an unsigned compare: what V8 turns into plain 32-bit machine code
  const table = new Int32Array(gear)

  return (bytes, start, end, isLast) => {
    const available = end - start
    if (available < minBytes) return isLast ? available : 0
    const limit = start + Math.min(available, maxBytes)
    const cut = firstCut(bytes, start + minBytes - windowBytes, limit, table, threshold)
    if (cut > 0) return cut - start
    return isLast || limit - start === maxBytes ? limit - start : 0
  }
}

/**
 * One past the first byte of [from + 31, limit) at which the hash, fed from `from`, is below the threshold; 0 if
 * there is none. Four bytes a turn: 4.0 GB/s where one byte a turn
 * gives 3.0 (Zen 4, Node 20).
 */
function firstCut(
  bytes: Uint8Array,
  from: number,
  limit: number,
  table: Int32Array,
  threshold: number,
): number {
  const below = threshold >>> 0
  let hash = 0
  let at = from
  for (const full = from + windowBytes - 1; at < full; at++) hash = ((hash << 1) + table[bytes[at]!]!) | 0
  for (const last = limit - 3; at < last; at += 4) {
    hash = ((hash << 1) + table[bytes[at]!]!) | 0
    if (hash >>> 0 < below) return at + 1
    hash = ((hash << 1) + table[bytes[at + 1]!]!) | 0
    if (hash >>> 0 < below) return at + 2
    hash = ((hash << 1) + table[bytes[at + 2]!]!) | 0
    if (hash >>> 0 < below) return at + 3
    hash = ((hash << 1) + table[bytes[at + 3]!]!) | 0
    if (hash >>> 0 < below) return at + 4
  }
  for (; at < limit; at++) {
    hash = ((hash << 1) + table[bytes[at]!]!) | 0
    if (hash >>> 0 < below) return at + 1
  }
  return 0
}

/**
 * How an endless run of zero bytes is cut: all chunks alike, so that holes need no scan. The hash of 32 zero bytes
 * is gear[0] × (2^32 - 1), which is -gear[0]; it is either below the threshold at once or never.
 */
export function zeroCutLength(gear: Uint32Array, chunking: Chunking): number {
  return -gear[0]! >>> 0 < cutThreshold(chunking) ? chunking.minBytes : chunking.maxBytes
}
