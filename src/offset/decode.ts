// The op stream back into blocks of ops, from bytes split anywhere. Trusts nothing: a block is bounded before it is
// buffered, its ops before they are made. Knows how ops are written, not what they may refer to (play.ts).
// PROTOCOL.md §14.3

import { Reader, varintMax } from '../base/bytes.ts'
import {
  blockBytesMax,
  blockRawBytesMax,
  literalBlockBytesMax,
  opsPerBlockMax,
  positionMax,
} from './limits.ts'
import {
  flagCompressed,
  flagsKnown,
  literalBytes,
  type Op,
  type OpBlock,
  type OpCodec,
  openLengthClass,
  type ProgramFault,
  wireKind,
} from './ops.ts'

const empty = new Uint8Array(0)

/** One op stream. After a fault it stays at that fault: nothing behind it can be trusted. */
export class OpDecoder {
  readonly #codec: OpCodec | undefined
  #pending: Uint8Array = empty
  #fault: ProgramFault | undefined

  /** @param codec what undoes zstd; without it a compressed block is a fault, as it was never agreed */
  constructor(codec?: OpCodec) {
    this.#codec = codec
  }

  /** Bytes that make no whole block yet. At the end of the stream there must be none. */
  get pendingBytes(): number {
    return this.#pending.length
  }

  /** The next bytes of the stream. Drain `next` before the next push: what is left is at most one block. */
  push(bytes: Uint8Array): void {
    if (this.#fault || bytes.length === 0) return
    const joined = new Uint8Array(this.#pending.length + bytes.length)
    joined.set(this.#pending)
    joined.set(bytes, this.#pending.length)
    this.#pending = joined
  }

  /** The next block, a fault, or undefined when more bytes are needed. */
  next(): OpBlock | ProgramFault | undefined {
    if (this.#fault || this.#pending.length === 0) return this.#fault
    if (this.#pending.length < 1 << (this.#pending[0]! >> 6)) return undefined
    const r = new Reader(this.#pending)
    const length = r.varint()
    if (r.failed || length > blockBytesMax) return this.#fail('too_large')
    if (r.left < length) return undefined
    const block = decodeBlock(r.bytes(length), this.#codec)
    if (typeof block === 'string') return this.#fail(block)
    this.#pending = r.rest()
    return block
  }

  #fail(fault: ProgramFault): ProgramFault {
    this.#fault = fault
    this.#pending = empty
    return fault
  }
}

/** What carries over from op to op within a block. */
interface Cursor {
  output: number
  literal: number
  source: number
  /** Where the next COPY would read: source offset minus output. Unknown before the block's first COPY. */
  diagonal: number | undefined
  readonly firstOffset: number
}

/** One block, without its length: decoded by nothing but its own bytes (§14.2-1), within the bounds of §14.2-2. */
function decodeBlock(bytes: Uint8Array, codec: OpCodec | undefined): OpBlock | ProgramFault {
  const header = new Reader(bytes)
  const flags = header.u8()
  const isPacked = (flags & flagCompressed) !== 0
  const rawLength = isPacked ? header.varint() : 0
  const output = header.varint()
  const literal = header.varint()
  const source = header.varint()
  const firstOffset = header.varint()
  const count = header.varint()
  if (header.failed || (flags & ~flagsKnown) !== 0) return 'malformed'
  if (output > positionMax || firstOffset > positionMax) return 'too_large'
  if (count > opsPerBlockMax || rawLength > blockRawBytesMax) return 'too_large'
  if (count === 0) return 'malformed'

  const stored = header.rest()
  if (isPacked && !codec) return 'unknown_codec'
  const raw = isPacked ? codec?.decode(stored, rawLength) : stored
  if (!raw) return 'malformed'

  const cursor: Cursor = { output, literal, source, diagonal: undefined, firstOffset }
  const r = new Reader(raw)
  const ops: Op[] = []
  for (let i = 0; i < count; i++) {
    const op = decodeOp(r, cursor)
    if (typeof op === 'string') return op
    ops.push(op)
    cursor.output += op.length
    cursor.literal += literalBytes(op)
    if (cursor.output > positionMax || cursor.literal > varintMax) return 'too_large'
  }
  // §14.2-3: neither too few bytes nor too many
  return r.left === 0 ? ops : 'malformed'
}

function decodeOp(r: Reader, cursor: Cursor): Op | ProgramFault {
  const tag = r.u8()
  const kind = tag >> 5
  if (kind === wireKind.patch || kind === wireKind.fill) return 'reserved_op'
  const length = decodeLength(r, tag & 0x1f)
  const { output, literal } = cursor
  let op: Op
  if (kind === wireKind.zero) op = { kind: 'zero', output, length }
  else if (kind === wireKind.literal) op = { kind: 'literal', output, length, literal }
  else if (kind === wireKind.compressed) {
    const codec = r.u8()
    const storedLength = r.varint()
    // §14.1-3
    if (!r.failed && (length > literalBlockBytesMax || storedLength > length)) return 'too_large'
    if (storedLength === 0) return 'malformed'
    op = { kind: 'compressed', output, length, literal, codec, storedLength }
  } else {
    const offset = decodeAddress(r, kind, cursor)
    // §14.3-2, §14.1-1
    if (!r.failed && (offset < 0 || offset + length > positionMax)) return 'too_large'
    cursor.diagonal = offset - output
    op = { kind: 'copy', output, length, source: cursor.source, offset }
  }
  return r.failed ? 'malformed' : op
}

function decodeAddress(r: Reader, kind: number, cursor: Cursor): number {
  if (kind === wireKind.copyFrom) {
    cursor.source = r.varint()
    return r.varint()
  }
  const predicted = cursor.diagonal === undefined ? cursor.firstOffset : cursor.output + cursor.diagonal
  if (kind === wireKind.copyOn) return predicted
  const zigzag = r.varint()
  return predicted + (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2)
}

function decodeLength(r: Reader, lengthClass: number): number {
  if (lengthClass === openLengthClass) {
    const length = 2 ** openLengthClass + r.varint()
    if (length > positionMax) r.fail()
    return length
  }
  let extra = 0
  for (let bits = 0; bits < lengthClass; bits += 8) extra = extra * 256 + r.u8()
  // §14.3-1: one encoding for each length
  if (extra >= 2 ** lengthClass) r.fail()
  return 2 ** lengthClass + extra
}
