// What a build copies from the pool is not looked at until the whole is judged: rot and gaps in the pool must be found
// all the same, cost no more than their own chunks, and leave the pool without them.

import {
  closeSync,
  existsSync,
  futimesSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { concat, equal } from '../../../src/base/bytes.ts'
import { RangeSet } from '../../../src/base/ranges.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import { blobType } from '../../../src/cut/tree.ts'
import { loadCodecs } from '../../../src/host/codec.ts'
import { encodeOps } from '../../../src/offset/encode.ts'
import type { CopyOp, Op } from '../../../src/offset/ops.ts'
import { Pool } from '../../../src/pool/pool.ts'
import { Build } from '../../../src/transfer/storage/build.ts'
import { commitObject } from '../../../src/transfer/storage/commit.ts'
import type { BuildEvent } from '../../../src/transfer/storage/events.ts'
import { BuildGround } from '../../../src/transfer/storage/ground.ts'
import { Journal } from '../../../src/transfer/storage/journal.ts'
import { PartFile } from '../../../src/transfer/storage/target.ts'
import { randomBytes, scratch } from '../../pool/scratch.ts'
import { shared } from '../../support/shared.ts'
import { peer } from '../conversation.ts'

const codecs = await loadCodecs()
const bytes = Uint8Array.from(randomBytes(5 * MiB, 1))
/** Longer than a match by chance, shorter than a chunk. */
const needleBytes = 64

let directory: string
let pool: Pool

beforeEach(async () => {
  directory = scratch(true)
  pool = await Pool.create(join(directory, 'pool'), { learn: 'copy' })
  return () => pool.close()
})

async function learnt(content = bytes) {
  const path = join(directory, 'content')
  writeFileSync(path, content)
  utimesSync(path, 1e9, 1e9)
  const { blobId } = await pool.import(path)
  await pool.commit()
  return { alias: 0, blob: blobId, size: content.length }
}

/** Flips a byte of the record that holds content byte `at`. */
function rot(at: number): void {
  const needle = bytes.subarray(at, at + needleBytes)
  const folder = join(directory, 'pool', 'segments')
  for (const name of readdirSync(folder)) {
    const found = readFileSync(join(folder, name)).indexOf(needle)
    if (found < 0) continue
    const fd = openSync(join(folder, name), 'r+')
    writeSync(fd, Uint8Array.of(255 - (bytes[at] ?? 0)), 0, 1, found)
    return closeSync(fd)
  }
  throw new Error('the byte lies in no segment')
}

function begin(
  sources: Awaited<ReturnType<typeof learnt>>[],
  whole: Uint8Array | undefined,
  isBehind = false,
) {
  const events: BuildEvent[] = []
  const target = join(directory, 'target')
  const place = join(directory, '.part')
  const header = {
    version: 1,
    transfer: '',
    peer,
    target,
    part: place,
    size: bytes.length,
    started: '',
  } as const
  let onOver = (): void => {}
  const over = new Promise<void>(resolve => (onOver = resolve))
  const part = new PartFile(place, bytes.length, true)
  const object = {
    transfer: new Uint8Array(16),
    peer,
    isFile: true,
    name: 'target',
    size: bytes.length,
    mode: 0o640,
    mtimeNanos: 10n ** 18n,
    poolId: pool.identity.poolId,
    chunking: 1,
    blob: whole,
    candidates: [],
  }
  const placement = { directory, onConflict: 'fail', mayShare: true } as const
  const journal = new Journal(join(directory, 'a.journal'), header, new RangeSet())
  const build = new Build({
    pool,
    codecs,
    object,
    type: blobType.file,
    part,
    journal,
    commit: (verifier, id) => commitObject({ pool, placement, object, target, part, journal, verifier, id }),
    sources,
    grant: bytes.length,
    whole,
    learning: 'off',
    ...(isBehind ? { wake: () => {} } : {}),
    emit: event => {
      events.push(event)
      if (event.kind === 'done' || event.kind === 'failed') onOver()
    },
  })
  /** Until it is over, or asks for something. */
  const settle = async (): Promise<void> => {
    const asked = missedOf(events).length
    while (!build.isOver && missedOf(events).length === asked) {
      while (build.step());
      await setImmediate()
    }
  }
  /** The peer answers a MISS with literals. */
  const answer = async (round: number, blob: Uint8Array): Promise<void> => {
    const missed = events.filter(event => event.kind === 'miss').at(-1)?.ranges ?? []
    let literal = 0
    const ops = missed.map(({ start, end }): Op => {
      literal += end - start
      return { kind: 'literal', output: start, length: end - start, literal: literal - (end - start) }
    })
    const literals = concat(...missed.map(({ start, end }) => bytes.slice(start, end)))
    build.addOps(round, concat(...encodeOps(ops)), true)
    build.addSlab(round, { offset: 0, length: literal, buffer: shared(literals) })
    build.endLiterals(round, literal)
    build.end({ blob, size: bytes.length, opBytes: 0, literalBytes: literal })
    await settle()
  }
  return { build, events, target, part, settle, answer, over }
}

const missedOf = (events: readonly BuildEvent[]) => events.filter(event => event.kind === 'miss')

describe.each([
  ['copied by the steps', false],
  ['copied behind them', true],
])('a whole object of the pool, %s', (_, isBehind) => {
  test('is put together from it', async () => {
    const source = await learnt()
    const bench = begin([source], source.blob, isBehind)
    await bench.settle()
    await bench.over
    expect(bench.events.at(-1)).toMatchObject({ kind: 'done', stats: { reusedBytes: bytes.length } })
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
  })
  test('that is abandoned is put together by the next, over what the first left running', async () => {
    const source = await learnt()
    const first = begin([source], source.blob, isBehind)
    first.build.step()
    first.build.abandon()
    const second = begin([source], source.blob, isBehind)
    await second.settle()
    await second.over
    expect(second.events.at(-1)?.kind).toBe('done')
    expect(equal(readFileSync(second.target), bytes)).toBe(true)
  })

  test('with rot in it costs the chunks that rotted, and the pool forgets them', async () => {
    const source = await learnt()
    const places = [10_000, 2_000_000, bytes.length - 100]
    places.forEach(rot)
    const bench = begin([source], source.blob, isBehind)
    await bench.settle()
    const ranges = missedOf(bench.events)[0]?.ranges ?? []
    expect(ranges.length).toBe(3)
    for (const [i, at] of places.entries())
      expect((ranges[i]?.start ?? at + 1) <= at && (ranges[i]?.end ?? 0) > at).toBe(true)
    expect(ranges.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(3 * 512 * KiB)
    expect(bench.events.some(({ kind }) => kind === 'want')).toBe(false) // found without a word of the peer
    expect(existsSync(bench.target)).toBe(false)
    await bench.answer(1, source.blob)
    await bench.over
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
    expect(pool.openBlob(source.blob)?.read(10_000, new Uint8Array(1))).toBe(0) // forgotten
  })
  test('whose user changed the extent behind its back is asked for where it differs', async () => {
    await pool.close()
    pool = await Pool.create(join(directory, 'placing'), { learn: 'place' })
    const source = await learnt()
    const path = join(directory, 'content')
    const fd = openSync(path, 'r+')
    writeSync(fd, Uint8Array.of(1, 2, 3, 4), 0, 4, 1_000_000)
    futimesSync(fd, 1e9, 1e9) // unchanged, as far as its mark tells
    closeSync(fd)
    const bench = begin([source], source.blob, isBehind)
    await bench.settle()
    const ranges = missedOf(bench.events)[0]?.ranges ?? []
    expect(ranges.length).toBe(1) // that chunk alone: the others are what they should be
    expect((ranges[0]?.start ?? 1e9) <= 1_000_000 && (ranges[0]?.end ?? 0) > 1_000_000).toBe(true)
    expect(existsSync(bench.target)).toBe(false)
    await bench.answer(1, source.blob)
    await bench.over
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
  })
  test('without its segments is asked for whole', async () => {
    const source = await learnt()
    await pool.close()
    const segments = join(directory, 'pool', 'segments')
    for (const name of readdirSync(segments)) rmSync(join(segments, name))
    pool = await Pool.open(join(directory, 'pool'))
    const bench = begin([source], source.blob, isBehind)
    await bench.settle()
    expect(missedOf(bench.events)[0]?.ranges).toEqual([{ start: 0, end: bytes.length }])
    await bench.answer(1, source.blob)
    await bench.over
    expect(equal(readFileSync(bench.target), bytes)).toBe(true)
  })
})

describe('a copy', () => {
  test('of any range lands at any place, and says what it could not have', async () => {
    const source = await learnt()
    const { part, build } = begin([], undefined)
    const journal = new Journal(join(directory, 'b.journal'), {} as never, new RangeSet())
    const ground = new BuildGround(pool, codecs, part, journal, [source])
    const copy = (offset: number, output: number, length: number): void =>
      void ground.copy({ kind: 'copy', source: 0, offset, output, length } as CopyOp)
    const expected = new Uint8Array(bytes.length)
    for (const [offset, output, length] of [
      [0, 3 * MiB, MiB],
      [123_457, 7, 1_500_001],
      [bytes.length - 1, 2 * MiB, 1],
      [4 * MiB, 4 * MiB + 1, 1],
    ] as const) {
      copy(offset, output, length)
      expected.set(bytes.subarray(offset, offset + length), output)
      expect(journal.held.contains(output, output + length)).toBe(true)
    }
    const now = new Uint8Array(bytes.length)
    part.read(now, 0)
    expect(equal(now, expected)).toBe(true)
    expect(ground.reusedBytes).toBe(MiB + 1_500_001 + 2)
    const recheck = ground.recheck()
    while (recheck?.step(KiB));
    expect(recheck).toMatchObject({ wrong: [], mendedBytes: 0 })
    expect(ground.recheck()).toBeUndefined()
    build.abandon()
  })
  test('that a recheck finds different is mended where the pool has the right bytes', async () => {
    const source = await learnt()
    const { part, build } = begin([], undefined)
    const journal = new Journal(join(directory, 'b.journal'), {} as never, new RangeSet())
    const ground = new BuildGround(pool, codecs, part, journal, [source])
    ground.copy({ kind: 'copy', source: 0, offset: 0, output: 0, length: bytes.length })
    part.write(Uint8Array.of(1, 2, 3), 3_000_000)
    const recheck = ground.recheck()
    while (recheck?.step(MiB));
    expect(recheck?.wrong).toEqual([])
    expect(recheck?.mendedBytes).toBeGreaterThan(0)
    const now = new Uint8Array(bytes.length)
    part.read(now, 0)
    expect(equal(now, bytes)).toBe(true)
    build.abandon()
  })
})
