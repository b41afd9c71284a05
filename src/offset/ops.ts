// Ops: the words of a program. Each says where one range of the output comes from, with absolute positions; how they
// are written is encode.ts and decode.ts, what they may say is play.ts. PROTOCOL.md §14.1

import type { WireCodeName } from '../wire/codes.ts'

interface Output {
  /** Where in the object the range begins. */
  readonly output: number
  /** At least 1. */
  readonly length: number
}

/** Bytes the receiver holds: `offset` in the blob that this transfer calls `source`. */
export interface CopyOp extends Output {
  readonly kind: 'copy'
  readonly source: number
  readonly offset: number
}

/** `length` bytes of the literal stream from `literal` on, as they are. */
export interface LiteralOp extends Output {
  readonly kind: 'literal'
  readonly literal: number
}

/** `storedLength` bytes of the literal stream from `literal` on, which `codec` turns into `length`. */
export interface CompressedOp extends Output {
  readonly kind: 'compressed'
  readonly literal: number
  readonly codec: number
  readonly storedLength: number
}

export interface ZeroOp extends Output {
  readonly kind: 'zero'
}

export type Op = CopyOp | LiteralOp | CompressedOp | ZeroOp

/** Ops that travelled together: the output of each begins where the one before it ends, and so do their literals. */
export type OpBlock = readonly Op[]

/** The literal stream bytes an op uses. */
export function literalBytes(op: Op): number {
  if (op.kind === 'literal') return op.length
  return op.kind === 'compressed' ? op.storedLength : 0
}

/** What is wrong with a program: the rows of §14.2 and §14.5. */
export type ProgramFault =
  // found by the decoder
  | 'malformed'
  | 'too_large'
  | 'reserved_op'
  | 'unknown_codec'
  // found by the player
  | 'past_end'
  | 'past_grant'
  | 'overlap'
  | 'unknown_source'
  | 'past_source'
  | 'literal_gap'
  | 'too_fragmented'

/** The code of §17 that a fault ends the transfer with. */
export function codeOfFault(fault: ProgramFault): WireCodeName {
  return fault === 'past_grant' ? 'GRANT_ERROR' : 'PROGRAM_ERROR'
}

/** The tags' kinds on the wire: three bits. */
export const wireKind = {
  /** COPY from where the last one would be by now, had it gone on. */
  copyOn: 0,
  /** COPY from the same source, so far from there. */
  copyNear: 1,
  /** COPY from a source and an offset given in full. */
  copyFrom: 2,
  literal: 3,
  compressed: 4,
  zero: 5,
  /** Reserved, like `fill`: a fault in this version (§14.1-2). */
  patch: 6,
  fill: 7,
} as const

/** Lengths are 2^class + extra; the last class has no bound of its own. */
export const openLengthClass = 31

/** Of a block's flags: the ops are one zstd frame. */
export const flagCompressed = 0x01
export const flagsKnown = flagCompressed

/** The codec of op blocks, as encode.ts and decode.ts are handed it: zstd, where both sides have it. */
export interface OpCodec {
  /** undefined: it does not pay. */
  encode(bytes: Uint8Array): Uint8Array | undefined
  /** undefined: malformed, or not exactly `rawBytes` long. */
  decode(bytes: Uint8Array, rawBytes: number): Uint8Array | undefined
}
