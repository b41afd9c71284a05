// The codecs of literal and op blocks, whichever this machine has: raw always, zstd by zstd-napi, else by node:zlib
// where that brings it. Decoding is bounded by what the caller expects, whatever the bytes say. Knows no ops and no
// streams. PROTOCOL.md §14.6

import * as zlib from 'node:zlib'
import { assert } from '../base/assert.ts'
import { MiB } from '../base/units.ts'

export interface Codec {
  readonly id: number
  /** Each block alone, no dictionary (§14.4-2). undefined: it does not pay, send the bytes as they are. */
  encode(bytes: Uint8Array): Uint8Array | undefined
  /** undefined: malformed, or not exactly `rawBytes` long. Never makes more than `rawBytes` (§14.6-1). */
  decode(bytes: Uint8Array, rawBytes: number): Uint8Array | undefined
}

export interface Codecs {
  /** The ids we can write and read, raw first: what an OFFER or ANSWER may name. */
  readonly encodable: readonly number[]
  byId(id: number): Codec | undefined
}

export const codecId = { raw: 0, zstd: 1 } as const

/** The largest block any caller hands a codec; four times what version 1 puts on the wire (§14.6). */
export const codecBlockBytesMax = MiB

/** A block must save one part in this many, or the receiver's work is not worth it. */
const savingParts = 16
/** zstd's own default: at 2 faster but 5 % larger, at 6 half as fast. */
const zstdLevel = 3

export const rawCodec: Codec = {
  id: codecId.raw,
  encode: bytes => bytes,
  decode: (bytes, rawBytes) => (bytes.length === rawBytes ? bytes : undefined),
}

/** What either library offers, made alike: both throw on whatever does not fit or does not parse. */
export interface Zstd {
  /** Throws, or returns more than `bytesMax`, when the result does not fit. */
  compress(bytes: Uint8Array, bytesMax: number): Uint8Array
  decompress(bytes: Uint8Array, bytesMax: number): Uint8Array
}

export function zstdCodec(zstd: Zstd): Codec {
  return {
    id: codecId.zstd,
    encode(bytes) {
      assert(bytes.length <= codecBlockBytesMax, 'a block for a codec')
      const bytesMax = bytes.length - Math.ceil(bytes.length / savingParts)
      if (bytesMax <= 0 || looksRandom(bytes)) return undefined
      const packed = attempt(() => zstd.compress(bytes, bytesMax))
      return packed && packed.length <= bytesMax ? packed : undefined
    },
    decode(bytes, rawBytes) {
      if (rawBytes < 1 || rawBytes > codecBlockBytesMax) return undefined
      const raw = attempt(() => zstd.decompress(bytes, rawBytes))
      return raw?.length === rawBytes ? raw : undefined
    },
  }
}

/** Finds out once what this machine has; raw alone is enough to work (§14.6-2). */
export async function loadCodecs(): Promise<Codecs> {
  const zstd = (await zstdByAddon()) ?? zstdByNode(zlib)
  const codecs = zstd ? [rawCodec, zstdCodec(zstd)] : [rawCodec]
  return { encodable: codecs.map(codec => codec.id), byId: id => codecs.find(codec => codec.id === id) }
}

/** zstd-napi, unless it was never built here. One-call decoding into a buffer of ours: no window is allocated. */
export async function zstdByAddon(): Promise<Zstd | undefined> {
  try {
    // CommonJS with computed exports: node gives them all as the default, a bundler by name
    const binding = await import('zstd-napi/binding.js')
    const { CCtx, DCtx } = 'default' in binding ? (binding.default as typeof binding) : binding
    const compressor = new CCtx()
    const decompressor = new DCtx()
    const scratch = new Uint8Array(codecBlockBytesMax)
    return {
      compress: (bytes, bytesMax) =>
        scratch.slice(0, compressor.compress(scratch.subarray(0, bytesMax), bytes, zstdLevel)),
      decompress(bytes, bytesMax) {
        const raw = new Uint8Array(bytesMax)
        return raw.subarray(0, decompressor.decompress(raw, bytes))
      },
    }
  } catch {
    return undefined
  }
}

/** node:zlib as it is from 22.15 on; earlier ones lack the two functions. */
export interface NodeZlib {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Uint8Array
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: object) => Uint8Array
  readonly constants: Readonly<Record<string, unknown>>
}

export function zstdByNode(zlib: NodeZlib): Zstd | undefined {
  const { zstdCompressSync, zstdDecompressSync, constants } = zlib
  const level = constants.ZSTD_c_compressionLevel
  if (!zstdCompressSync || !zstdDecompressSync || typeof level !== 'number') return undefined
  const params = { [level]: zstdLevel }
  return {
    compress: bytes => zstdCompressSync(bytes, { params }),
    decompress: (bytes, bytesMax) => zstdDecompressSync(bytes, { maxOutputLength: bytesMax }),
  }
}

/** The library's refusal, whatever it threw, is an answer here and not a fault. */
function attempt(work: () => Uint8Array): Uint8Array | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

const sampleCount = 16
const sampleBytes = 256
/** Fewer bytes than this tell too little of chance: 1,024 random ones give 1.00 ± 0.022. */
const sampledBytesMin = 1024
/**
 * Pairs of equal bytes in the sample, over those of chance. Random bytes give 1.00 ± 0.006. A block whose byte values
 * alone save 1/16 gives at least 1.41 (2^(8 - 7.5)); what is between is left to zstd from here on.
 */
const chancePairsFactor = 1.15
const sampleCounts = new Uint32Array(256)

/**
 * At most 4 KiB, in 16 places of what is longer, tell whether trying is worth it: 6 µs for 256 KiB where zstd itself takes
 * 27 to find out, and a refusal by exception beside; as much for a page of a file that was changed.
 */
function looksRandom(bytes: Uint8Array): boolean {
  const sampled = Math.min(bytes.length, sampleCount * sampleBytes)
  if (sampled < sampledBytesMin) return false
  const counts = sampleCounts.fill(0)
  if (sampled === bytes.length) countBytes(bytes, 0, sampled, counts)
  else {
    const step = Math.floor((bytes.length - sampleBytes) / (sampleCount - 1))
    for (let i = 0; i < sampleCount; i++) countBytes(bytes, i * step, i * step + sampleBytes, counts)
  }
  let pairs = 0
  for (const count of counts) pairs += count * (count - 1)
  return pairs < ((sampled * (sampled - 1)) / 256) * chancePairsFactor
}

function countBytes(bytes: Uint8Array, from: number, to: number, counts: Uint32Array): void {
  for (let at = from; at < to; at++) counts[bytes[at]!]!++
}
