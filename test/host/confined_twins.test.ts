// The twins of host/confined.ts and host/many.ts against each other: random calls by good and evil paths on a directory each;
// what they say, and at last what is there, must be the same. And what only the addon can get wrong: its arguments.

import { closeSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { native } from '../../src/host/addon.ts'
import { type Below, type Confined, type Entry, openConfined } from '../../src/host/confined.ts'
import { entryWords } from '../../src/host/entry_record.ts'
import { type Many, many } from '../../src/host/many.ts'
import { scratch } from '../pool/scratch.ts'
import { writesOf } from '../suites/many.ts'
import { expectSound } from '../support/addon_arguments.ts'
import { bytes, raw, toldBy, World } from '../support/confined_world.ts'

const { addon } = native()

interface Side {
  readonly at: Confined
  /** A second directory, to be renamed into. */
  readonly other: Confined
  readonly many: Many
  readonly world: World
}

function sideOf(loaded: unknown): Side {
  const world = new World(scratch(true))
  return {
    at: openConfined(world.inside, loaded),
    other: openConfined(scratch(true), loaded),
    many: many(loaded),
    world,
  }
}

/** The same answer in both: entries without what is a disk's own, names in one order. */
function plain(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(name => Buffer.from(name).toString('latin1')).sort()
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString('latin1')
  if (typeof answer !== 'object' || answer === null || answer instanceof Map) return answer
  const { kind, mode, linkCount, userId, groupId, sizeBytes, mtimeNanos } = answer as Entry
  const size = kind === 'directory' ? 0 : sizeBytes
  return { kind, mode, linkCount, userId, groupId, size, mtime: isSet(mtimeNanos) ? mtimeNanos : 'now' }
}

/** The times that these tests set are long ago. */
const isSet = (nanos: bigint): boolean => nanos < 1_000_000_000_000_000_000n

function answerOf(work: () => unknown): unknown {
  try {
    return plain(work())
  } catch (error) {
    return `thrown: ${toldBy(error)}`
  }
}

const names = ['a', 'b', 'c', '\xff', 'n\n'].map(raw)
const evil = ['..', '.', '', 'z\0', 'x'.repeat(255), 'x'.repeat(256)].map(raw)
const there = ['plain', 'deep', 'file', 'link'].map(raw)

function randomPath(random: Prng): Below {
  const component = (): Uint8Array => {
    const from = random.chance(0.02) ? evil : random.chance(0.2) ? there : names
    return from[random.below(from.length)] ?? bytes('a')
  }
  const parts = Array.from({ length: 1 + random.below(3) }, component)
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [bytes('/'), part])))
}

/** One random call, the same for every side. */
function randomCall(random: Prng): (side: Side) => unknown {
  const [path, second] = [randomPath(random), randomPath(random)]
  const may = random.chance(0.5)
  // none that shuts us out ourselves: which call then says so first is not the twins' affair
  const mode = [0o744, 0o755, 0o700, 0o4711, 0o2777][random.below(5)] ?? 0
  const number = random.below(1000)
  const calls: ((side: Side) => unknown)[] = [
    ({ at }) => at.makeDirectory(path, mode),
    ({ at }) => at.makeDirectory(path, mode),
    ({ at }) => written(at.create(path, mode), `${number}`),
    ({ at }) => written(at.open(path, 'read_write'), `${number}`),
    ({ at }) => readAll(at.open(path, 'read')),
    ({ at }) => at.symlink(may ? second : bytes('../out'), path),
    ({ at }) => at.link(path, second),
    ({ at }) => at.rename(path, second, may),
    ({ at }) => at.rename(path, second, may),
    ({ at, other }) => at.renameInto(path, other, second, may),
    ({ at, other }) => other.renameInto(path, at, second, may),
    ({ at }) => at.stat(path),
    ({ at }) => at.names(may ? undefined : path),
    ({ at }) => at.readLink(path),
    ({ at }) => (number < 300 ? at.remove(path) : at.remove(second)),
    ({ at }) => (number < 200 ? at.removeTree(path) : undefined),
    ({ at }) => at.setMode(path, mode),
    ({ at }) => at.setOwner(path, number, number + 1),
    ({ at }) => at.setTime(path, BigInt(number - 500) * 1_000_000_000n),
    ({ at, many }) => {
      const files = [path, second].map((at, i) => ({ path: at, content: 'x'.repeat(number * i), mode }))
      const { batch, source } = writesOf(files)
      return many.write(at, batch, source)
    },
  ]
  return calls[random.below(calls.length)] ?? (() => undefined)
}

const written = (fd: number, content: string): void => {
  writeSync(fd, content)
  closeSync(fd)
}
const readAll = (fd: number): string => {
  const content = readFileSync(fd, 'latin1')
  closeSync(fd)
  return content
}

/** Everything there, found by node:fs and told in lines. */
function walked(directory: Buffer, shown = ''): string[] {
  return readdirSync(directory, { encoding: 'buffer' })
    .sort(Buffer.compare)
    .flatMap(name => {
      const path = Buffer.concat([directory, bytes('/'), name])
      const stats = lstatSync(path, { bigint: true })
      const where = `${shown}/${name.toString('latin1')}`
      const time = isSet(stats.mtimeNs) ? stats.mtimeNs : 'now'
      const line = [where, stats.mode.toString(8), stats.uid, stats.gid, stats.nlink, time].join(' ')
      if (stats.isDirectory()) return [line, ...walked(path, where)]
      const content = stats.isSymbolicLink() ? readlinkSync(path, 'latin1') : readFileSync(path, 'latin1')
      return [`${line} ${content}`]
    })
}

describe.skipIf(!addon)('both twins, by random calls', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`say and do the same (seed ${seed})`, async () => {
      const random = new Prng(seed)
      const sides = [sideOf({}), sideOf(addon)]
      for (let round = 0; round < 3000; round++) {
        const call = randomCall(random)
        const [ours, theirs] = sides.map(side => answerOf(() => call(side)))
        expect({ round, answer: theirs }).toEqual({ round, answer: ours })
        if (round % 200 === 199) await Promise.all(sides.map(side => side.at.sync()))
      }
      const [ours, theirs] = sides.map(({ at, other }) =>
        [at, other].flatMap(held => walked(Buffer.from(held.path))),
      )
      expect(theirs).toEqual(ours)
      for (const { world } of sides) world.expectUntouched()
    })
  }
})

describe.skipIf(!addon)('the addon', () => {
  test('takes wrong arguments as TypeErrors that name the function, and never crashes', () => {
    const { confinedOpen } = addon as { confinedOpen: (directory: Uint8Array) => object }
    const held = confinedOpen(bytes(scratch()))
    const long = new Uint8Array(5000).fill(0x61)
    const [words, doubles] = [
      (count: number) => new Uint32Array(count),
      (count: number) => new Float64Array(count),
    ]
    expectSound(addon, /^(confined|many)/, [
      [],
      [held],
      [{}, long, long, long],
      ['x', {}, []],
      [held, 'text', 1],
      [held, long, -1, -1],
      [held, long, held, long],
      [held, long, 1, Number.NaN],
      [long, words(2), doubles(1), doubles(2), long, doubles(16), doubles(2)],
      [long, words(2), doubles(2), doubles(2), long, doubles(15), doubles(2)],
      [long, words(2), doubles(2), doubles(2), long, doubles(16), doubles(1)],
      [long, words(1025), doubles(1025), doubles(1025), long],
      [held, long, words(1), doubles(1), doubles(1), words(2), doubles(1), words(1), long, doubles(1)],
      [held, long, words(1), doubles(1), doubles(1), words(1), doubles(1), words(1), long, doubles(2)],
    ])
  })

  test('does not believe the columns of a batch', () => {
    const { manyRead } = addon as { manyRead: (...values: unknown[]) => number }
    const outcomes = new Float64Array(4)
    const path = bytes(join(scratch(), 'x'))
    const ends = Uint32Array.of(path.length, 1, 0xffffffff, 5)
    const places = Float64Array.of(1e300, 0, -1, Number.NaN)
    manyRead(
      path,
      ends,
      places,
      new Float64Array(4),
      new Uint8Array(1),
      new Float64Array(4 * entryWords),
      outcomes,
    )
    expect([...outcomes].every(outcome => outcome < 0)).toBe(true)
  })
})
