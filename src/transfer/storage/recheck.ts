// After a bad judgement: which of the bytes that were copied from the pool are not what their recipes say. What is not
// is read again from the pool, this time against its id, which makes the pool forget what is rotten; mends the part file
// where the pool has the chunk after all, and names the ranges it has not. In bounded steps. Knows no peers.
// PROTOCOL.md §13.5

import { equal } from '../../base/bytes.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { MiB } from '../../base/units.ts'
import type { Hashes } from '../../host/hash.ts'
import type { Part } from './part.ts'
import type { CopiedRun } from './pool_copy.ts'

export class Recheck {
  readonly #hashes: Hashes
  readonly #part: Part
  readonly #runs: CopiedRun[]
  readonly #wrong = new RangeSet()
  readonly #right = new Uint8Array(MiB)
  readonly #ours = new Uint8Array(MiB)
  #mendedBytes = 0

  constructor(hashes: Hashes, part: Part, runs: readonly CopiedRun[]) {
    this.#hashes = hashes
    this.#part = part
    this.#runs = [...runs].reverse()
  }

  /** What must come from the peer. */
  get wrong(): readonly Range[] {
    return [...this.#wrong]
  }

  get mendedBytes(): number {
    return this.#mendedBytes
  }

  /** Looks at about `budgetBytes`. true: there is more. */
  step(budgetBytes: number): boolean {
    let left = budgetBytes
    for (let run = this.#runs.pop(); run; run = this.#runs.pop()) {
      const done = this.#check(run)
      const { reader, offset, output, length } = run
      if (done < length)
        this.#runs.push({ reader, offset: offset + done, output: output + done, length: length - done })
      left -= done
      if (left <= 0) break
    }
    return this.#runs.length > 0
  }

  /** Some bytes from the run's front, of one chunk. Returns how many. */
  #check({ reader, offset, output, length }: CopiedRun): number {
    const chunk = reader.chunk(offset)
    const count = Math.min((chunk?.end ?? offset + length) - offset, length)
    const ours = this.#ours.subarray(0, Math.min(count, MiB))
    const isThere = this.#part.read(ours, output) === count
    const isWhole = chunk?.start === offset && chunk.end === offset + count
    if (isThere && isWhole && equal(this.#hashes.chunkId(ours), chunk.id)) return count
    const right = this.#right.subarray(0, ours.length)
    if (reader.read(offset, right) !== count) this.#wrong.add(output, output + count)
    else if (!isThere || !equal(ours, right)) {
      this.#part.write(right, output)
      this.#mendedBytes += count
    }
    return count
  }
}
