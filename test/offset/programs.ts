// Random programs, and op streams split at will.

import fc from 'fast-check'
import { concat } from '../../src/base/bytes.ts'
import { OpDecoder } from '../../src/offset/decode.ts'
import { literalBlockBytesMax, positionMax } from '../../src/offset/limits.ts'
import { literalBytes, type Op, type OpBlock, type OpCodec, type ProgramFault } from '../../src/offset/ops.ts'

const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 2 ** 20 }),
  fc.nat(43).map(power => 2 ** power),
  fc.integer({ min: 1, max: 2 ** 40 }),
)

const draft = fc.record({
  kind: fc.constantFrom('copy', 'copy', 'literal', 'compressed', 'zero'),
  length,
  source: fc.nat(3),
  /** 0 stays on the diagonal. */
  shift: fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 30), max: 2 ** 30 })),
  skip: fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0), fc.nat(2 ** 20)),
  stored: fc.integer({ min: 1, max: literalBlockBytesMax }),
})

/** Ops in output order, with gaps now and then, on and off the diagonal. */
export const programs: fc.Arbitrary<Op[]> = fc.array(draft, { maxLength: 200 }).map(drafts => {
  const ops: Op[] = []
  let output = 0
  let literal = 0
  for (const { kind, source, shift, skip, stored, ...rest } of drafts) {
    let length = rest.length
    if (output + skip + length > positionMax) break
    output += skip
    if (kind === 'copy') {
      const offset = Math.min(positionMax - length, Math.max(0, output + shift))
      ops.push({ kind, output, length, source, offset })
    } else if (kind === 'compressed') {
      length = Math.min(length, literalBlockBytesMax)
      ops.push({ kind, output, length, literal, codec: 1, storedLength: Math.min(stored, length) })
    } else if (kind === 'literal') ops.push({ kind, output, length, literal })
    else ops.push({ kind: 'zero', output, length })
    output += length
    literal += literalBytes(ops[ops.length - 1]!)
  }
  return ops
})

/** Pushes `stream` in pieces of these sizes, again and again, and collects blocks up to the first fault. */
export function decodeStream(
  stream: Uint8Array,
  pieces: readonly number[],
  codec?: OpCodec,
): { blocks: OpBlock[]; fault: ProgramFault | undefined; pendingBytes: number } {
  const decoder = new OpDecoder(codec)
  const blocks: OpBlock[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = pieces[turn % pieces.length] ?? stream.length
    decoder.push(stream.subarray(at, at + size))
    at += size
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      if (typeof next === 'string') return { blocks, fault: next, pendingBytes: decoder.pendingBytes }
      blocks.push(next)
    }
  }
  return { blocks, fault: undefined, pendingBytes: decoder.pendingBytes }
}

/** "Compression" that tests can see through: a marker, and every byte inverted. */
export const mirror: OpCodec = {
  encode: bytes =>
    concat(
      Uint8Array.of(0x5a),
      bytes.map(byte => ~byte),
    ),
  decode: (bytes, rawBytes) =>
    bytes[0] === 0x5a && bytes.length === rawBytes + 1 ? bytes.slice(1).map(byte => ~byte) : undefined,
}
