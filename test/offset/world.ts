// A sender and a receiver without a network: real bytes, small chunks, the planner on one side and the player on the
// other.

import { blake3 } from '@noble/hashes/blake3.js'
import { concat } from '../../src/base/bytes.ts'
import { RangeSet } from '../../src/base/ranges.ts'
import { createCutter, zeroCutLength } from '../../src/cut/chunker.ts'
import type { Chunking } from '../../src/cut/limits.ts'
import { type PackedRecipe, RecipeBuilder, rowBytes } from '../../src/cut/recipe.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { CandidateIndex } from '../../src/offset/candidates.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import type { Op } from '../../src/offset/ops.ts'
import { Planner, type Step } from '../../src/offset/plan.ts'
import { Player } from '../../src/offset/play.ts'
import { cutAll } from '../cut/inputs.ts'
import { decodeStream } from './programs.ts'

export const small: Chunking = { id: 200, minBytes: 64, targetBytes: 128, maxBytes: 512 }
const { gear } = deriveSeedKeys(openSeed())
const cut = createCutter(gear, small)
const zeroLength = zeroCutLength(gear, small)
export const zero = { length: zeroLength, id: blake3(new Uint8Array(zeroLength)) }

export function recipeOf(bytes: Uint8Array): PackedRecipe {
  const builder = new RecipeBuilder()
  let at = 0
  for (const length of cutAll(cut, bytes)) {
    builder.add(length, blake3(bytes.subarray(at, at + length)))
    at += length
  }
  return builder.finish()
}

export function planOf(
  next: PackedRecipe,
  olds: readonly PackedRecipe[],
  held = new RangeSet(),
  batch = 7,
): Step[] {
  const index = new CandidateIndex(olds.map((recipe, alias) => ({ alias, recipe })))
  const planner = new Planner({ index, zero, held })
  const steps: Step[] = []
  for (let at = 0; at < next.rows.length; at += batch * rowBytes) {
    steps.push(...planner.add(next.rows.subarray(at, at + batch * rowBytes)))
  }
  return [...steps, ...planner.finish()]
}

/** Literals in their order, raw: what a sender without codecs makes of steps. */
export function opsOf(steps: readonly Step[]): Op[] {
  let literal = 0
  return steps.flatMap((step): Op[] => {
    if (step.kind === 'held') return []
    if (step.kind !== 'literal') return [step]
    const op: Op = { ...step, literal }
    literal += step.length
    return [op]
  })
}

export interface Rebuilt {
  readonly bytes: Uint8Array
  readonly literalBytes: number
  readonly opBytes: number
}

/** Sends `next` to a receiver that has `olds`, and of `next` itself the ranges `held`; returns what it built. */
export function transfer(
  next: Uint8Array,
  olds: readonly Uint8Array[],
  held: RangeSet,
  batch: number,
): Rebuilt {
  const steps = planOf(recipeOf(next), olds.map(recipeOf), held, batch)
  const literals = concat(
    ...steps
      .filter(step => step.kind === 'literal')
      .map(({ output, length }) => next.subarray(output, output + length)),
  )
  const stream = concat(...encodeOps(opsOf(steps)))

  const built = new Uint8Array(next.length).fill(0xee)
  for (const { start, end } of held) built.set(next.subarray(start, end), start)
  const player = new Player({
    objectBytes: next.length,
    grantBytes: next.length - held.total,
    sources: new Map(olds.map((old, alias) => [alias, old.length])),
    codecs: [0],
    held,
  })
  const { blocks, fault } = decodeStream(stream, [50])
  if (fault) throw new Error(fault)
  for (const block of blocks) {
    const refused = player.play(block)
    if (refused) throw new Error(refused)
    for (const op of block) {
      if (op.kind === 'copy')
        built.set(olds[op.source]!.subarray(op.offset, op.offset + op.length), op.output)
      else if (op.kind === 'literal')
        built.set(literals.subarray(op.literal, op.literal + op.length), op.output)
      else if (op.kind === 'zero') built.fill(0, op.output, op.output + op.length)
    }
  }
  if (player.missing().length > 0) throw new Error('not all was made')
  return { bytes: built, literalBytes: literals.length, opBytes: stream.length }
}
