// A build on its own, fed by hand: what a sender may get wrong and how it ends, what stays after a failure, and that
// nothing wrong is ever put in place.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { concat, equal } from '../../../src/base/bytes.ts'
import { PfsError } from '../../../src/base/errors.ts'
import { RangeSet } from '../../../src/base/ranges.ts'
import { KiB } from '../../../src/base/units.ts'
import { RecipeBuilder } from '../../../src/cut/recipe.ts'
import { nodeChildren } from '../../../src/cut/repair.ts'
import { blobType } from '../../../src/cut/tree.ts'
import { loadCodecs } from '../../../src/host/codec.ts'
import { encodeOps } from '../../../src/offset/encode.ts'
import type { Op } from '../../../src/offset/ops.ts'
import { Pool } from '../../../src/pool/pool.ts'
import { Build } from '../../../src/transfer/storage/build.ts'
import { commitObject } from '../../../src/transfer/storage/commit.ts'
import type { BuildEvent } from '../../../src/transfer/storage/events.ts'
import { Journal } from '../../../src/transfer/storage/journal.ts'
import { PartFile } from '../../../src/transfer/storage/target.ts'
import { randomBytes, scratch } from '../../pool/scratch.ts'
import { shared } from '../../support/shared.ts'
import { peer } from '../conversation.ts'

const codecs = await loadCodecs()
const bytes = Uint8Array.from(randomBytes(200 * KiB, 1))
let pool: Pool

beforeEach(async () => {
  pool = await Pool.create(join(scratch(true), 'pool'), { learn: 'copy' })
  return () => pool.close()
})

/** The recipe and the name of these bytes. */
function nameOf(content: Uint8Array) {
  const path = join(scratch(true), 'content')
  writeFileSync(path, content)
  const part = new PartFile(path, content.length)
  const writer = pool.beginBlob(blobType.file)
  const recipe = new RecipeBuilder()
  const scan = pool.scanner({ fd: part.fd, limit: content.length, isFinal: true })
  const visit = (_: number, length: number, id: Uint8Array) => {
    writer.add(length, id, undefined)
    recipe.add(length, id)
  }
  while (scan.step(KiB, visit) === 'more');
  part.close()
  return { blob: writer.finish().blobId, recipe: recipe.finish() }
}

interface Options {
  readonly size?: number
  readonly grant?: number
  readonly blob?: Uint8Array
  readonly sources?: readonly { alias: number; blob: Uint8Array; size: number }[]
  readonly whole?: Uint8Array
}

class Bench {
  readonly directory = scratch(true)
  readonly events: BuildEvent[] = []
  readonly build: Build
  readonly journal: string
  readonly target = join(this.directory, 'target')
  #onOver: () => void = () => {}

  constructor({ size = bytes.length, grant = size, blob, sources = [], whole }: Options = {}) {
    const place = join(this.directory, '.part')
    this.journal = join(this.directory, 'jobs', 'a.journal')
    const common = { transfer: '', peer, target: this.target, part: place, size, started: '' }
    const object = {
      transfer: new Uint8Array(16),
      peer,
      isFile: true,
      name: 'target',
      size,
      mode: 0o640,
      mtimeNanos: 10n ** 18n,
      poolId: pool.identity.poolId,
      chunking: 1,
      blob,
      candidates: [],
    }
    const placement = { directory: this.directory, onConflict: 'fail', mayShare: true } as const
    const part = new PartFile(place, size, true)
    const journal = new Journal(this.journal, { version: 1, ...common }, new RangeSet())
    const { target } = this
    this.build = new Build({
      pool,
      codecs,
      object,
      type: blobType.file,
      part,
      journal,
      commit: (verifier, id) =>
        commitObject({ pool, placement, object, target, part, journal, verifier, id }),
      sources,
      grant,
      whole,
      learning: 'copy',
      emit: event => {
        this.events.push(event)
        if (event.kind === 'done' || event.kind === 'failed') this.#onOver()
      },
    })
  }

  /** A round as a peer would send it, with one slab. */
  round(number: number, ops: readonly Op[], literals: Uint8Array, end?: Uint8Array): this {
    this.build.addOps(number, concat(...encodeOps(ops)), true)
    const buffer = shared(literals)
    if (literals.length > 0) this.build.addSlab(number, { offset: 0, length: literals.length, buffer })
    this.build.endLiterals(number, literals.length)
    if (end) this.end(end)
    return this.settle()
  }

  end(blob: Uint8Array, size = bytes.length): this {
    this.build.end({ blob, size, opBytes: 0, literalBytes: 0 })
    return this
  }

  settle(): this {
    while (this.build.step());
    return this
  }

  /** How it ended; it may still be at the commit. */
  async over() {
    const isOver = (): boolean => this.events.some(({ kind }) => kind === 'done' || kind === 'failed')
    if (!isOver()) await new Promise<void>(resolve => (this.#onOver = resolve))
    const last = this.events.at(-1)
    return last?.kind === 'failed' ? last.wire : last?.kind
  }

  of<Kind extends BuildEvent['kind']>(kind: Kind): Extract<BuildEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<BuildEvent, { kind: Kind }> => event.kind === kind)
  }

  get isInPlace(): boolean {
    return existsSync(this.target)
  }
}

const literal = (output: number, length: number, at = 0): Op => ({
  kind: 'literal',
  output,
  length,
  literal: at,
})
const all = literal(0, bytes.length)

describe('an object', () => {
  test('that comes as it was named is put in place, learnt, and leaves nothing beside it', async () => {
    const { blob } = nameOf(bytes)
    const bench = new Bench().round(1, [all], bytes, blob)
    expect(await bench.over()).toBe('done')
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
    expect(readdirSync(bench.directory).sort()).toEqual(['jobs', 'target'])
    expect(existsSync(bench.journal)).toBe(false)
    expect(pool.has(blob)).toBe(true)
  })
  test('is not judged before END and both streams have come', () => {
    // §15.5-2
    const { blob } = nameOf(bytes)
    const bench = new Bench()
    bench.build.addOps(1, concat(...encodeOps([all])), false)
    bench.build.addSlab(1, { offset: 0, length: bytes.length, buffer: shared(bytes) })
    bench.end(blob).settle()
    expect(bench.events.some(({ kind }) => kind === 'done' || kind === 'want')).toBe(false)
    bench.build.addOps(1, new Uint8Array(0), true)
    bench.settle()
    expect(bench.build.isOver).toBe(false)
    bench.build.endLiterals(1, bytes.length)
    bench.settle()
    expect(bench.build.isOver).toBe(true)
  })
  for (const size of [0, 1]) {
    test(`of ${size} bytes is one like any other`, async () => {
      const content = bytes.slice(0, size)
      const { blob } = nameOf(content)
      const bench = new Bench({ size }).end(blob, size)
      bench.round(1, size === 0 ? [] : [literal(0, size)], content)
      expect(await bench.over()).toBe('done')
      expect(equal(readFileSync(bench.target), content)).toBe(true)
    })
  }
  test('that differs from its name asks for the Top of the tree, and is never put in place', async () => {
    // §13.5-1, §13.5-2, §15.5-1
    const { blob } = nameOf(randomBytes(bytes.length, 2))
    const bench = new Bench().round(1, [all], bytes, blob)
    expect(bench.of('want')).toEqual([{ kind: 'want', level: 63, indexes: [0] }])
    expect(bench.isInPlace).toBe(false)
    expect(pool.has(blob)).toBe(false)
  })
  test('whose damage the tree shows is mended by literals for the chunks that differ, and no others', async () => {
    const { blob, recipe } = nameOf(bytes)
    const wrong = Uint8Array.from(bytes)
    wrong[70_000] = 255 - (wrong[70_000] ?? 0)
    const bench = new Bench().round(1, [all], wrong, blob)
    bench.build.nodes({ level: 0, index: 0, nodes: nodeChildren(pool.hashes, pool.keys, recipe, 0, 0) })
    bench.settle()
    const ranges = bench.of('miss')[0]?.ranges ?? []
    expect(ranges.length).toBe(1)
    const { start, end } = ranges[0] ?? { start: 0, end: 0 }
    expect(start <= 70_000 && end > 70_000 && end - start <= 128 * KiB).toBe(true)
    bench.round(2, [literal(start, end - start)], bytes.slice(start, end), blob)
    expect(await bench.over()).toBe('done')
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
  })
  test('that nobody can make right is given up after three repairs', async () => {
    // §15.6-1
    const { blob, recipe } = nameOf(bytes)
    const wrong = Uint8Array.from(bytes, byte => 255 - byte)
    const bench = new Bench().round(1, [all], wrong, blob)
    for (let round = 2; !bench.build.isOver && round < 9; round++) {
      bench.build.nodes({ level: 0, index: 0, nodes: nodeChildren(pool.hashes, pool.keys, recipe, 0, 0) })
      bench.settle()
      if (!bench.build.isOver) bench.round(round, [all], wrong, blob)
    }
    expect(await bench.over()).toBe('CORRUPT')
    expect(bench.of('miss').length).toBe(3)
    expect(bench.isInPlace).toBe(false)
  })
  test('whose claimant shows a tree of what was built, under another name, is given up', async () => {
    const { blob } = nameOf(randomBytes(bytes.length, 2))
    const { recipe } = nameOf(bytes)
    const bench = new Bench().round(1, [all], bytes, blob)
    bench.build.nodes({ level: 0, index: 0, nodes: nodeChildren(pool.hashes, pool.keys, recipe, 0, 0) })
    bench.settle()
    expect(await bench.over()).toBe('CORRUPT')
    expect(bench.isInPlace).toBe(false)
  })
})

describe('from the pool', () => {
  async function learnt() {
    const path = join(scratch(true), 'content')
    writeFileSync(path, bytes)
    const { blobId } = await pool.import(path)
    await pool.commit()
    return { alias: 0, blob: blobId, size: bytes.length }
  }
  test('an object is built without a word of the peer', async () => {
    const source = await learnt()
    const bench = new Bench({ whole: source.blob, sources: [source], blob: source.blob }).settle()
    expect(await bench.over()).toBe('done')
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
    expect(bench.of('done')[0]?.stats).toMatchObject({ reusedBytes: bytes.length, literalBytes: 0 })
  })
  test('what is not there is asked for, and a copy from a source that is gone is a hole', async () => {
    const source = { alias: 3, blob: randomBytes(32, 5), size: bytes.length }
    const { blob } = nameOf(bytes)
    const bench = new Bench({ sources: [source] })
    const copy: Op = { kind: 'copy', source: 3, offset: 0, output: 0, length: 1000 }
    bench.round(1, [copy, literal(1000, bytes.length - 1000)], bytes.slice(1000), blob)
    expect(bench.of('miss')).toEqual([{ kind: 'miss', ranges: [{ start: 0, end: 1000 }] }])
    bench.round(2, [literal(0, 1000)], bytes.slice(0, 1000), blob)
    expect(await bench.over()).toBe('done')
  })
})

describe('a program', () => {
  const copy = (change: Partial<Op>): Op =>
    ({ kind: 'copy', source: 1, offset: 0, output: 0, length: 10, ...change }) as Op
  const faults: readonly (readonly [string, readonly Op[], string, Options?])[] = [
    ['past the end of the object', [literal(bytes.length - 1, 2)], 'PROGRAM_ERROR'],
    ['over what an earlier op made', [literal(0, 10), literal(9, 10, 10)], 'PROGRAM_ERROR'],
    ['from a source nobody agreed', [copy({ source: 2 } as Partial<Op>)], 'PROGRAM_ERROR'],
    ['past the end of its source', [copy({ offset: 991 } as Partial<Op>)], 'PROGRAM_ERROR'],
    ['beyond the grant', [literal(0, 11)], 'GRANT_ERROR', { grant: 10 }],
    [
      'by a codec nobody named',
      [{ kind: 'compressed', output: 0, length: 10, literal: 0, codec: 9, storedLength: 5 }],
      'PROGRAM_ERROR',
    ],
  ]
  for (const [what, ops, wire, options] of faults) {
    // §15.3-3, §14.5-2
    test(`${what} ends with ${wire}, and nothing of it is written`, async () => {
      const sources = [{ alias: 1, blob: randomBytes(32, 5), size: 1000 }]
      const bench = new Bench({ sources, ...options }).round(1, ops, bytes.slice(0, 20))
      expect(await bench.over()).toBe(wire)
      expect(equal(readFileSync(join(bench.directory, '.part')), new Uint8Array(bytes.length))).toBe(true)
    })
  }
  test('within the grant is played', async () => {
    const { blob } = nameOf(bytes.slice(0, 10))
    const bench = new Bench({ size: 10, grant: 10 }).round(1, [literal(0, 10)], bytes.slice(0, 10))
    expect(await bench.end(blob, 10).settle().over()).toBe('done')
  })
  test('that is no program ends with PROGRAM_ERROR', async () => {
    const bench = new Bench()
    bench.build.addOps(1, Uint8Array.of(5, 255, 1, 1, 1, 1), false)
    expect(await bench.settle().over()).toBe('PROGRAM_ERROR')
  })
})

describe('END', () => {
  test('of another blob or size than was offered is a source that changed', async () => {
    // §15.5-1
    const { blob } = nameOf(bytes)
    expect(await new Bench({ blob }).end(randomBytes(32, 1)).over()).toBe('SOURCE_CHANGED')
    expect(await new Bench({ blob }).end(blob, bytes.length - 1).over()).toBe('SOURCE_CHANGED')
  })
  test('of a repair names the blob that the first one named', async () => {
    const bench = new Bench().round(1, [literal(0, 10)], bytes.slice(0, 10), nameOf(bytes).blob)
    expect(bench.of('miss').length).toBe(1)
    expect(await bench.end(randomBytes(32, 1)).over()).toBe('SOURCE_CHANGED')
  })
})

describe('a build that ends early', () => {
  test('keeps its part and its journal, and gives back every slab once', async () => {
    const bench = new Bench()
    bench.build.addOps(1, concat(...encodeOps([literal(0, 1000)])), false)
    const slab = (offset: number, length: number) => ({
      offset,
      length,
      buffer: shared(bytes.subarray(offset, offset + length)),
    })
    bench.build.addSlab(1, slab(0, 900))
    bench.settle()
    bench.build.addSlab(1, slab(900, 500))
    bench.build.fail('CANCELLED', new PfsError('PFS_CANCELLED'))
    bench.build.abandon()
    expect(bench.of('slab_taken').map(({ offset }) => offset)).toEqual([0, 900])
    expect(bench.of('failed').length).toBe(1)
    expect(equal(readFileSync(join(bench.directory, '.part')).subarray(0, 900), bytes.slice(0, 900))).toBe(
      true,
    )
    expect(existsSync(bench.journal)).toBe(true)
  })
  test('by nodes that fit no tree, or that nobody asked for, blames the message', async () => {
    // §13.5-3
    const unasked = new Bench()
    unasked.build.nodes({ level: 0, index: 0, nodes: [{ byteLength: 1, hash: new Uint8Array(32) }] })
    expect(await unasked.over()).toBe('MESSAGE_ERROR')
    const { blob } = nameOf(randomBytes(bytes.length, 2))
    for (const [level, index, lengths] of [
      [0, 0, [bytes.length - 1]],
      [0, 0, [bytes.length, 1]],
      [0, 1, [bytes.length]],
    ] as const) {
      const bench = new Bench().round(1, [all], bytes, blob)
      const nodes = lengths.map(byteLength => ({ byteLength, hash: new Uint8Array(32) }))
      bench.build.nodes({ level, index, nodes })
      expect(await bench.over()).toBe('MESSAGE_ERROR')
    }
  })
})
