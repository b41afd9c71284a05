// Literal bytes on their way to their places: slabs of a literal stream, in any order, against the ops that say where
// each byte goes. A slab waits only for ops that name its bytes; a compressed literal waits only for its own. Holds no
// more than the stream's window lets in. Knows no files. PROTOCOL.md §14.5

import { must } from '../../base/assert.ts'
import type { CompressedOp, LiteralOp } from '../../offset/ops.ts'
import { literalBytes } from '../../offset/ops.ts'

/** Consecutive bytes of a literal stream, in memory that goes back to whoever lent it. */
export interface Slab {
  readonly offset: number
  readonly length: number
  readonly buffer: SharedArrayBuffer
}

export interface LiteralPlaces {
  write(bytes: Uint8Array, output: number): void
  /** undefined: the bytes do not decode to op.length bytes. */
  decode(op: CompressedOp, stored: Uint8Array): Uint8Array | undefined
}

interface WaitingOp {
  readonly op: LiteralOp | CompressedOp
  readonly end: number
  doneBytes: number
  /** The parts of a compressed literal that spans slabs. */
  gathered: Uint8Array | undefined
}

interface WaitingSlab {
  readonly slab: Slab
  /** Bytes from the front that have gone where they belong. */
  doneBytes: number
}

export class Literals {
  readonly #places: LiteralPlaces
  readonly #ops: WaitingOp[] = []
  #slabs: WaitingSlab[] = []
  #knownEnd = 0
  #doneBytes = 0

  constructor(places: LiteralPlaces) {
    this.#places = places
  }

  /** Ops that still wait for bytes. */
  get waitingOps(): number {
    return this.#ops.length
  }

  /** Literal bytes that have reached their places. */
  get doneBytes(): number {
    return this.#doneBytes
  }

  /** Where the literals of all ops so far end. */
  get knownEnd(): number {
    return this.#knownEnd
  }

  addOp(op: LiteralOp | CompressedOp): void {
    this.#knownEnd = op.literal + literalBytes(op)
    this.#ops.push({ op, end: this.#knownEnd, doneBytes: 0, gathered: undefined })
  }

  addSlab(slab: Slab): void {
    this.#slabs.push({ slab, doneBytes: 0 })
  }

  /** Moves what can move. Gives back the slabs that are spent; false when a literal is malformed. */
  settle(release: (slab: Slab) => void): boolean {
    for (const waiting of this.#slabs) {
      if (waiting.slab.offset + waiting.doneBytes < this.#knownEnd && !this.#settleSlab(waiting)) return false
    }
    this.#slabs = this.#slabs.filter(({ slab, doneBytes }) => {
      if (doneBytes < slab.length) return true
      release(slab)
      return false
    })
    while (this.#ops.length > 0 && isDone(must(this.#ops[0], 'the first op'))) this.#ops.shift()
    return true
  }

  /** Gives back everything that is held. */
  abandon(release: (slab: Slab) => void): void {
    for (const { slab } of this.#slabs) release(slab)
    this.#slabs = []
    this.#ops.length = 0
  }

  #settleSlab(waiting: WaitingSlab): boolean {
    const { slab } = waiting
    const bytes = new Uint8Array(slab.buffer, 0, slab.length)
    const end = Math.min(slab.offset + slab.length, this.#knownEnd)
    let at = slab.offset + waiting.doneBytes
    // neighbours in the slab that are neighbours in the object go out in one write
    let run: { from: number; to: number; output: number } | undefined
    const flush = (): void => {
      if (run) this.#places.write(bytes.subarray(run.from, run.to), run.output)
      run = undefined
    }
    for (let index = this.#opAt(at); at < end; index++) {
      const waitingOp = must(this.#ops[index], 'an op for every literal byte')
      const { op } = waitingOp
      const until = Math.min(end, waitingOp.end)
      const from = at - slab.offset
      const to = until - slab.offset
      if (op.kind === 'literal') {
        const output = op.output + at - op.literal
        if (run && run.output + run.to - run.from !== output) flush()
        run = run ? { ...run, to } : { from, to, output }
      } else {
        flush()
        if (!this.#gather(waitingOp, op, bytes.subarray(from, to), at - op.literal)) return false
      }
      waitingOp.doneBytes += until - at
      at = until
    }
    flush()
    this.#doneBytes += at - slab.offset - waiting.doneBytes
    waiting.doneBytes = at - slab.offset
    return true
  }

  #gather(waiting: WaitingOp, op: CompressedOp, part: Uint8Array, offset: number): boolean {
    const isWhole = part.length === op.storedLength
    if (!isWhole) {
      waiting.gathered ??= new Uint8Array(op.storedLength)
      waiting.gathered.set(part, offset)
      if (waiting.doneBytes + part.length < op.storedLength) return true
    }
    const stored = isWhole ? part : must(waiting.gathered, 'the gathered parts')
    waiting.gathered = undefined
    const raw = this.#places.decode(op, stored)
    if (!raw) return false
    this.#places.write(raw, op.output)
    return true
  }

  /** The first waiting op whose literal ends behind `offset`. */
  #opAt(offset: number): number {
    let low = 0
    let high = this.#ops.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (must(this.#ops[middle], 'op').end <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

const isDone = ({ op, doneBytes }: WaitingOp): boolean => doneBytes === literalBytes(op)
