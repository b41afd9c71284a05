// What a literal travels as: whole, or as the parts it was split into, each packed where that pays; whichever is less. Text
// packs so well that many small copies in it would cost more than they save. PROTOCOL.md §14.4-2, §14.6

import type { Codec } from '../../host/codec.ts'
import type { CopyOp } from '../../offset/ops.ts'
import type { LiteralStep } from '../../offset/plan.ts'

export interface Packed {
  readonly parts: readonly PackedPart[]
  /** What all of them take of the literal stream. */
  readonly literalBytes: number
}

export interface PackedPart {
  readonly step: CopyOp | LiteralStep
  /** Of a literal that packs. */
  readonly stored: Uint8Array | undefined
}

/** An op among others: a tag, two bytes of its length, little beside. */
const opBytes = 3
/** Less than this share of a literal no packing of the whole of it reaches: there is no need to try. */
const wholeSharePackedMin = 1 / 64

/** @param raw the bytes of `whole` · @param parts what it was split into */
export function inFewestBytes(
  raw: Uint8Array,
  whole: LiteralStep,
  parts: readonly (CopyOp | LiteralStep)[],
  codec: Codec | undefined,
): Packed {
  const split = pack(raw, whole.output, parts, codec)
  if (!codec || parts.length === 1) return split
  const splitBytes = split.literalBytes + opBytes * parts.length
  if (splitBytes <= raw.length * wholeSharePackedMin) return split
  const together = pack(raw, whole.output, [whole], codec)
  return together.literalBytes + opBytes < splitBytes ? together : split
}

function pack(
  raw: Uint8Array,
  start: number,
  steps: readonly (CopyOp | LiteralStep)[],
  codec: Codec | undefined,
): Packed {
  let literalBytes = 0
  const parts = steps.map(step => {
    if (step.kind !== 'literal') return { step, stored: undefined }
    const from = step.output - start
    const stored = codec?.encode(raw.subarray(from, from + step.length))
    literalBytes += stored?.length ?? step.length
    return { step, stored }
  })
  return { parts, literalBytes }
}
