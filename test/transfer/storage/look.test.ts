// What an OFFER is answered, for whatever stands at the target, lies in the pool, or was left by an earlier attempt.

import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RangeSet } from '../../../src/base/ranges.ts'
import { KiB } from '../../../src/base/units.ts'
import type {
  ConflictPolicy,
  OfferedObject,
  OfferVerdict,
  Placement,
} from '../../../src/transfer/storage/events.ts'
import { Journal } from '../../../src/transfer/storage/journal.ts'
import { placesOf } from '../../../src/transfer/storage/look.ts'
import { randomBytes } from '../../pool/scratch.ts'
import { makeSide, objectOf, putFile, type Side, talk } from '../conversation.ts'

const size = 100 * KiB
const same = randomBytes(size, 1)

interface World {
  readonly to: Side
  readonly object: OfferedObject
}

/** A receiver, and an object of these bytes that a sender offers it. */
async function world(changes: Partial<OfferedObject> = {}): Promise<World> {
  const from = await makeSide()
  const to = await makeSide()
  const { handle, prepared } = await from.storage.prepareFile(putFile(from, 'file', same))
  const blob = await from.storage.nameSource(handle)
  return { to, object: objectOf(prepared, { blob, ...changes }) }
}

async function look({ to, object }: World, placement: Partial<Placement> = {}, mayRead = true) {
  const place = { directory: to.directory, onConflict: 'fail' as const, mayShare: true, ...placement }
  const before = readdirSync(to.directory)
  const { verdict, isUnchanged } = await to.storage.look(object, place, mayRead)
  expect(readdirSync(to.directory), 'nothing is written: §5-6').toEqual(before)
  return { verdict, isUnchanged }
}

const said = ({ verdict }: { readonly verdict: OfferVerdict }): string =>
  verdict.kind === 'refuse' ? verdict.code : verdict.kind === 'answer' ? verdict.state : verdict.kind

type Standing = 'absent' | 'same' | 'different' | 'other size' | 'directory' | 'link'

function stand({ to }: World, what: Standing): void {
  const path = join(to.directory, 'file')
  if (what === 'same') putFile(to, 'file', same)
  else if (what === 'different') putFile(to, 'file', randomBytes(size, 2))
  else if (what === 'other size') putFile(to, 'file', randomBytes(size + 1, 2))
  else if (what === 'directory') mkdirSync(path)
  else if (what === 'link') {
    putFile(to, 'elsewhere', same)
    symlinkSync(join(to.directory, 'elsewhere'), path)
  }
}

describe('the target', () => {
  // standing at the target, by id or without, policy: what is said
  const rows: readonly (readonly [Standing, 'id' | 'no id', ConflictPolicy, string])[] = [
    ['absent', 'id', 'fail', 'open'],
    ['absent', 'no id', 'fail', 'open'],
    ['same', 'id', 'fail', 'whole'],
    ['same', 'id', 'overwrite', 'whole'],
    ['same', 'no id', 'fail', 'name'],
    ['same', 'no id', 'overwrite', 'open'],
    ['different', 'id', 'fail', 'EXISTS'],
    ['different', 'id', 'overwrite', 'open'],
    ['different', 'no id', 'fail', 'name'],
    ['other size', 'no id', 'fail', 'EXISTS'],
    ['other size', 'id', 'overwrite', 'open'],
    ['directory', 'id', 'fail', 'EXISTS'],
    ['directory', 'no id', 'overwrite', 'EXISTS'],
    ['link', 'id', 'fail', 'EXISTS'],
    ['link', 'id', 'overwrite', 'open'],
    // the file is of 2001, as the one that is offered
    ['same', 'id', 'skip', 'kept'],
    ['different', 'no id', 'skip', 'kept'],
    ['link', 'id', 'skip', 'kept'],
    ['absent', 'id', 'skip', 'open'],
    ['same', 'id', 'newer', 'kept'],
    ['different', 'id', 'newer', 'kept'],
    ['same', 'id', 'rename', 'whole'],
    ['different', 'id', 'rename', 'open'],
    ['different', 'no id', 'rename', 'open'],
    ['directory', 'id', 'rename', 'EXISTS'],
    ['same', 'id', 'ask', 'whole'],
    ['different', 'id', 'ask', 'conflict'],
    ['different', 'no id', 'ask', 'name'],
  ]
  for (const [standing, id, onConflict, outcome] of rows) {
    // §15.3-8: `name` only where no blob was named
    test(`${standing}, offered with ${id}, on conflict ${onConflict}: ${outcome}`, async () => {
      const w = await world(id === 'id' ? {} : { blob: undefined })
      stand(w, standing)
      const looked = await look(w, { onConflict })
      expect(said(looked)).toBe(outcome)
      expect(looked.isUnchanged).toBe(outcome === 'whole')
    })
  }
  test('is not read for a flight that may be a replay, and answered later: §5-6', async () => {
    const w = await world()
    stand(w, 'same')
    expect(said(await look(w, {}, false))).toBe('later')
    expect(said(await look(w, {}, true))).toBe('whole')
  })
  test('that is older than what comes gives way to it, where the user wants the newer', async () => {
    const w = await world()
    putFile(w.to, 'file', randomBytes(size, 2), 9e8)
    expect(said(await look(w, { onConflict: 'newer' }))).toBe('open')
  })
  test('is read once: the stat cache knows it at the next offer', async () => {
    const w = await world()
    stand(w, 'same')
    await look(w)
    const other = { ...w, object: { ...w.object, blob: randomBytes(32, 9) } }
    expect(said(await look(other))).toBe('EXISTS')
  })
})

describe('the pool', () => {
  async function known(): Promise<World> {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', same)
    await talk(from, path, to)
    rmSync(join(to.directory, 'file'))
    const { prepared } = await from.storage.prepareFile(path)
    return { to, object: objectOf(prepared) }
  }
  test('has the whole blob, and says so only to those it is shared with', async () => {
    const w = await known()
    expect(w.object.blob).toBeDefined()
    expect(said(await look(w))).toBe('whole')
    expect(said(await look(w, { mayShare: false }))).toBe('open') // §15.3-6
  })
  test('has a blob that nobody named by its id: it is not said to be whole', async () => {
    // §15.3-7
    const w = await known()
    expect(said(await look({ ...w, object: { ...w.object, blob: undefined } }))).toBe('open')
  })
  test('has a candidate, told by its place, its own id and size, to those it is shared with', async () => {
    // §15.3-2
    const w = await known()
    const blob = w.object.blob ?? new Uint8Array(0)
    const short = blob.slice(0, 8)
    const candidates = [
      { short: randomBytes(8, 3), size },
      { short, size: size + 1 },
      { short, size },
      { short, size },
    ]
    const offer = { to: w.to, object: { ...w.object, blob: undefined, candidates } }
    const { verdict } = await look(offer)
    expect(verdict).toMatchObject({ candidates: [{ index: 2, alias: 2, blob, size }] })
    expect((await look(offer, { mayShare: false })).verdict).toMatchObject({ candidates: [] })
  })
  test('has another seed or other parameters', async () => {
    expect(said(await look(await world({ poolId: randomBytes(16, 4) })))).toBe('WRONG_SEED')
    expect(said(await look(await world({ chunking: 2 })))).toBe('WRONG_SEED')
  })
})

describe('the room', () => {
  test('must be there for what is missing, and the grant is the whole object', async () => {
    // §15.3-4
    expect(said(await look(await world({ size: 2 ** 50 })))).toBe('DISK_FULL')
    expect((await look(await world())).verdict).toMatchObject({ state: 'open', grant: size })
  })
  test('is looked for in a directory that is there', async () => {
    const w = await world()
    await expect(
      w.to.storage.look(w.object, { directory: '/nowhere/at/all', onConflict: 'fail', mayShare: true }),
    ).rejects.toMatchObject({ code: 'PFS_WRITE' })
  })
})

describe('an earlier attempt', () => {
  function leave({ to, object }: World, change: Record<string, unknown> = {}, partBytes = object.size) {
    const placement = { directory: to.directory, onConflict: 'fail' as const, mayShare: true }
    const { target, part, journal } = placesOf(object, placement, to.jobs)
    const held = new RangeSet()
    for (let i = 0; i < 1100; i++) held.add(i * 50, i * 50 + 10 + (i % 3))
    const header = {
      version: 1 as const,
      transfer: Buffer.from(object.transfer).toString('hex'),
      peer: object.peer,
      target,
      part,
      size: object.size,
      started: '',
      ...change,
    }
    new Journal(journal, header, held).close()
    writeFileSync(part, new Uint8Array(partBytes))
    return held
  }
  const heldIn = ({ verdict }: { readonly verdict: OfferVerdict }) =>
    verdict.kind === 'answer' ? verdict.held : undefined

  test('is told by its longest ranges, in order, at most 1,024 of them', async () => {
    const w = await world()
    const all = [...leave(w)]
    const told = heldIn(await look(w)) ?? []
    expect(told.length).toBe(1024)
    expect(all.filter(({ start, end }) => end - start > 10)).toEqual(
      told.filter(({ start, end }) => end - start > 10),
    )
    for (const [i, range] of told.entries()) expect(range.start).toBeGreaterThan(told[i - 1]?.end ?? -1)
  })
  const others: readonly (readonly [string, Record<string, unknown>, number?])[] = [
    ['of another transfer', { transfer: '11'.repeat(16) }],
    ['of another peer', { peer: 'b'.repeat(52) }],
    ['at another target', { target: '/elsewhere' }],
    ['of another size', { size: size - 1 }],
    ['whose part file has another size', {}, size - 1],
  ]
  for (const [what, change, partBytes] of others) {
    test(`${what} is none`, async () => {
      const w = await world()
      leave(w, change, partBytes)
      expect(heldIn(await look(w))).toEqual([])
    })
  }
  test('without its part file, or with a link in its place, is none', async () => {
    const w = await world()
    leave(w)
    const part = readdirSync(w.to.directory).find(name => name.endsWith('.pfs-part')) ?? ''
    const path = join(w.to.directory, part)
    rmSync(path)
    expect(heldIn(await look(w))).toEqual([])
    putFile(w.to, 'same', same)
    symlinkSync(join(w.to.directory, 'same'), path)
    expect(heldIn(await look(w))).toEqual([])
    expect(existsSync(path)).toBe(true)
  })
})
