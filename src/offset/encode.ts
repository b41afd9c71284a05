// Ops to op blocks. A new block begins where the output or the literals do not go on, or a limit is met; within one,
// a COPY is told by its distance from the diagonal, so that an edit in place costs no address. PROTOCOL.md §14.3

import { assert, unreachable } from '../base/assert.ts'
import { concat, Writer } from '../base/bytes.ts'
import { blockBytesMax, opsPerBlockMax, opsToCompressMin, positionMax } from './limits.ts'
import {
  type CopyOp,
  flagCompressed,
  literalBytes,
  type Op,
  type OpCodec,
  openLengthClass,
  wireKind,
} from './ops.ts'

/** Tag and length 9, source 4, offset 8: no op is longer, and none of another kind comes near. */
const opBytesMax = 24
/** Flags, five varints and the raw length. */
const headerBytesMax = 1 + 6 * 8
/** Half of what a block may be: whether zstd pays decides nothing about where blocks end. */
const opsBytesTarget = blockBytesMax / 2

/** The blocks of `ops`, ready for the op stream. `codec` only where the receiver has zstd (§14.2-4). */
export function encodeOps(ops: readonly Op[], codec?: OpCodec): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let from = 0; from < ops.length; ) {
    const { block, to } = encodeBlock(ops, from, codec)
    blocks.push(block)
    from = to
  }
  return blocks
}

/** As many ops from `from` on as go into one block, and the index of the first that does not. */
function encodeBlock(ops: readonly Op[], from: number, codec?: OpCodec): { block: Uint8Array; to: number } {
  const w = new Writer(new Uint8Array(opsBytesTarget + opBytesMax))
  let firstCopy: CopyOp | undefined
  let source = 0
  let diagonal = 0
  let firstLiteral: number | undefined
  let literal = 0
  let output = ops[from]!.output
  let to = from
  for (; to < ops.length && to - from < opsPerBlockMax && w.position < opsBytesTarget; to++) {
    const op = ops[to]!
    assert(op.length >= 1 && op.output + op.length <= positionMax, 'an op within bounds')
    if (op.output !== output) break
    if (op.kind === 'copy') {
      if (!firstCopy) {
        // the header says where the first COPY of a block reads, so it needs no address of its own
        firstCopy = op
        source = op.source
        diagonal = op.offset - op.output
      }
      encodeCopy(w, op, source, op.output + diagonal)
      source = op.source
      diagonal = op.offset - op.output
    } else {
      if (op.kind !== 'zero') {
        firstLiteral ??= literal = op.literal
        if (op.literal !== literal) break
        literal += literalBytes(op)
      }
      encodeOther(w, op)
    }
    output += op.length
  }

  const raw = w.written()
  const packed = to - from >= opsToCompressMin ? codec?.encode(raw) : undefined
  const header = new Writer(new Uint8Array(headerBytesMax))
  header.u8(packed ? flagCompressed : 0)
  if (packed) header.varint(raw.length)
  header.varint(ops[from]!.output)
  header.varint(firstLiteral ?? 0)
  header.varint(firstCopy?.source ?? 0)
  header.varint(firstCopy?.offset ?? 0)
  header.varint(to - from)
  return { block: framed(header.written(), packed ?? raw), to }
}

function framed(header: Uint8Array, ops: Uint8Array): Uint8Array {
  const length = header.length + ops.length
  assert(length <= blockBytesMax, 'an op block within bounds')
  const prefix = new Writer(new Uint8Array(8))
  prefix.varint(length)
  return concat(prefix.written(), header, ops)
}

function encodeCopy(w: Writer, op: CopyOp, source: number, predicted: number): void {
  const delta = op.offset - predicted
  if (op.source !== source) {
    encodeLength(w, wireKind.copyFrom, op.length)
    w.varint(op.source)
    w.varint(op.offset)
  } else if (delta === 0) encodeLength(w, wireKind.copyOn, op.length)
  else {
    encodeLength(w, wireKind.copyNear, op.length)
    w.varint(delta < 0 ? -2 * delta - 1 : 2 * delta)
  }
}

function encodeOther(w: Writer, op: Exclude<Op, CopyOp>): void {
  switch (op.kind) {
    case 'literal':
      encodeLength(w, wireKind.literal, op.length)
      break
    case 'zero':
      encodeLength(w, wireKind.zero, op.length)
      break
    case 'compressed':
      encodeLength(w, wireKind.compressed, op.length)
      w.u8(op.codec)
      w.varint(op.storedLength)
      break
    default:
      unreachable(op)
  }
}

/** The tag, and what the length has beyond the power of two that its class names. */
function encodeLength(w: Writer, kind: number, length: number): void {
  const lengthClass = length >= 2 ** openLengthClass ? openLengthClass : 31 - Math.clz32(length)
  const extra = length - 2 ** lengthClass
  w.u8((kind << 5) | lengthClass)
  if (lengthClass === openLengthClass) w.varint(extra)
  else for (let bits = 8 * (Math.ceil(lengthClass / 8) - 1); bits >= 0; bits -= 8) w.u8(extra >>> bits)
}
