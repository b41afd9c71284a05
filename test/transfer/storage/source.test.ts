// What a source reads ahead, what it says when its file is not what it was, and the tree nodes it shows.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { equal } from '../../../src/base/bytes.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import type { LentLiteral, SendPlan, SourceEvent } from '../../../src/transfer/storage/events.ts'
import { aheadBytes, literalWindowBytes, scanBufferBytes } from '../../../src/transfer/storage/source.ts'
import { Storage } from '../../../src/transfer/storage/storage.ts'
import { randomBytes, scratch } from '../../pool/scratch.ts'
import { makeSide, objectOf, putFile, type Side, silent, talk } from '../conversation.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

/** What a source emits, until it has nothing more to do. */
function listen(side: Side) {
  const events: SourceEvent[] = []
  side.onSource = (_, event) => events.push(event)
  const settle = async () => {
    for (let idle = 0, before = -1; idle < 20; idle = events.length === before ? idle + 1 : 0) {
      before = events.length
      await turn()
    }
  }
  const last = async () => {
    while (!events.some(({ kind }) => kind === 'round_end' || kind === 'failed')) await turn()
    return events.at(-1)
  }
  return { events, settle, last }
}

const noPlan = { held: [], sources: [], codecs: [] }

describe('packing', () => {
  /** What of 24 MiB of text goes out. @param deliveryBytesPerSecond of a network that gives back at once what it is lent */
  async function sent(deliveryBytesPerSecond: number, plan: Partial<SendPlan> = {}): Promise<number> {
    const side = await makeSide()
    const path = putFile(side, 'file', Buffer.from('to be or not to be, that is '.repeat(24 * 37_450)))
    const { handle } = await side.storage.prepareFile(path)
    const network = { ...silent, deliveryBytesPerSecond }
    let literalBytes = 0
    const ended = new Promise<void>(resolve => {
      side.onSource = (_, event) => {
        if (event.kind === 'round_end') resolve()
        if (event.kind !== 'piece') return
        const { literals } = event.piece
        for (const { bytes } of literals) literalBytes += bytes.length
        const loans = literals.map(({ loan }) => loan)
        void side.storage.creditSource(handle, loans, network)
      }
    })
    await side.storage.openSource(handle, { ...noPlan, codecs: [1], ...plan })
    await side.storage.streamSource(handle)
    await ended
    return literalBytes
  }

  test('is done where it saves more than the network carries meanwhile, and tried elsewhere', async () => {
    expect(await sent(1e6)).toBeLessThan(MiB)
    const fast = await sent(1e12)
    expect(fast).toBeGreaterThan(20 * MiB)
    expect(fast).toBeLessThan(23 * MiB)
  })

  test('is for all of what is only counted', async () => {
    expect(await sent(1e12, { isInquiry: true })).toBeLessThan(MiB)
  })
})

describe('the literal window', () => {
  for (const isKnown of [false, true]) {
    test(`is never passed, ${isKnown ? 'with a recipe that is known' : 'while the file is scanned'}`, async () => {
      const side = await makeSide()
      const path = putFile(side, 'file', randomBytes(80 * MiB, 1))
      if (isKnown) {
        const { handle } = await side.storage.prepareFile(path)
        await side.storage.nameSource(handle)
        await side.storage.closeSource(handle)
      }
      const { handle, prepared } = await side.storage.prepareFile(path)
      expect(prepared.blob !== undefined).toBe(isKnown)
      const { events, settle, last } = listen(side)
      await side.storage.openSource(handle, noPlan)
      await side.storage.streamSource(handle)
      let out: LentLiteral[] = []
      let seen = 0
      // nothing is under way at first; then more than may ever be read ahead
      for (let window = aheadBytes; ; window = literalWindowBytes) {
        await settle()
        for (const event of events.slice(seen)) if (event.kind === 'piece') out.push(...event.piece.literals)
        seen = events.length
        const held = new Map(out.map(({ loan, bytes }) => [loan, bytes.buffer.byteLength]))
        const heldBytes = [...held.values()].reduce((sum, bytes) => sum + bytes, 0)
        expect(heldBytes).toBeLessThan(window + scanBufferBytes)
        if (events.some(({ kind }) => kind === 'round_end')) break
        expect(heldBytes, 'it stops because of the window').toBeGreaterThanOrEqual(window)
        const back = out.slice(0, 40).map(({ loan }) => loan)
        out = out.slice(40)
        await side.storage.creditSource(handle, back, { ...silent, underWayBytes: 100 * MiB })
      }
      expect(await last()).toMatchObject({
        kind: 'round_end',
        end: { size: 80 * MiB, literalBytes: 80 * MiB },
      })
    }, 20_000)
  }
})

describe('a file', () => {
  const changes: readonly (readonly [string, (path: string) => void])[] = [
    ['that grew', path => appendFileSync(path, 'more')],
    ['that was cut short', path => truncateSync(path, MiB)],
    ['that was written again', path => utimesSync(path, 1.1e9, 1.1e9)],
  ]
  for (const [what, change] of changes) {
    for (const isKnown of [false, true]) {
      test(`${what} ${isKnown ? 'behind a known recipe' : 'during the scan'} is a source that changed`, async () => {
        const side = await makeSide()
        const path = putFile(side, 'file', randomBytes(2 * MiB, 1))
        if (isKnown) await side.storage.nameSource((await side.storage.prepareFile(path)).handle)
        const { handle } = await side.storage.prepareFile(path)
        const { last } = listen(side)
        await side.storage.openSource(handle, noPlan)
        change(path)
        await side.storage.streamSource(handle)
        expect(await last()).toMatchObject({
          kind: 'failed',
          error: { code: 'PFS_SOURCE_CHANGED', retryable: true },
        })
      })
    }
  }
  test('whose mode changed is what it was', async () => {
    const side = await makeSide()
    const path = putFile(side, 'file', randomBytes(MiB, 1))
    const { handle } = await side.storage.prepareFile(path)
    const { last } = listen(side)
    await side.storage.openSource(handle, noPlan)
    chmodSync(path, 0o600)
    await side.storage.streamSource(handle)
    expect(await last()).toMatchObject({ kind: 'round_end' })
  })
  test('that is none is refused at once, a pipe without waiting for its writer', async () => {
    const side = await makeSide()
    const at = (name: string) => join(scratch(true), name)
    const directory = at('directory')
    mkdirSync(directory)
    const pipe = at('pipe')
    execFileSync('mkfifo', [pipe])
    await expect(side.storage.prepareFile(at('nothing'))).rejects.toMatchObject({ code: 'PFS_NOT_FOUND' })
    await expect(side.storage.prepareFile(directory)).rejects.toMatchObject({ code: 'PFS_READ' })
    await expect(side.storage.prepareFile(pipe)).rejects.toMatchObject({ code: 'PFS_READ' })
  })
  test('that is renamed or sent by another name of its own keeps its transfer id, a changed one does not', async () => {
    const side = await makeSide()
    const path = putFile(side, 'file', randomBytes(10, 1))
    const id = async () => (await side.storage.prepareFile(path)).prepared.transfer
    const first = await id()
    expect(await id()).toEqual(first)
    utimesSync(path, 1.2e9, 1.2e9)
    expect(equal(await id(), first)).toBe(false)
  })
})

describe('candidates', () => {
  test('are the last blob of the same path, whose recipe is here', async () => {
    // §15.2-3
    const side = await makeSide()
    const path = putFile(side, 'file', randomBytes(MiB, 1))
    const first = await side.storage.prepareFile(path)
    expect(first.prepared.candidates).toEqual([])
    const blob = await side.storage.nameSource(first.handle)
    putFile(side, 'file', randomBytes(MiB, 2), 1.1e9)
    const [candidate, ...more] = (await side.storage.prepareFile(path)).prepared.candidates
    expect(equal(candidate?.blob ?? new Uint8Array(0), blob)).toBe(true)
    expect({ size: candidate?.size, more }).toEqual({ size: MiB, more: [] })
  })
  test('of a pool that learns nothing are none', async () => {
    const side = await makeSide('off')
    const path = putFile(side, 'file', randomBytes(MiB, 1))
    await side.storage.nameSource((await side.storage.prepareFile(path)).handle)
    putFile(side, 'file', randomBytes(MiB, 2), 1.1e9)
    expect((await side.storage.prepareFile(path)).prepared.candidates).toEqual([])
  })
})

describe('a repair', () => {
  test('is literals only, whatever the receiver holds', async () => {
    // §15.6-2
    const side = await makeSide()
    const bytes = new Uint8Array(MiB) // what a plan would make of ZERO alone
    const { handle } = await side.storage.prepareFile(putFile(side, 'file', bytes))
    const { events, last } = listen(side)
    await side.storage.openSource(handle, { held: [{ start: 0, end: MiB }], sources: [], codecs: [] })
    await side.storage.repairSource(handle, [
      { start: 5, end: 10 },
      { start: MiB - 300 * KiB, end: MiB },
    ])
    expect(await last()).toMatchObject({ kind: 'round_end', end: { literalBytes: 300 * KiB + 5 } })
    const lengths = events.flatMap(event => {
      return event.kind === 'piece' ? event.piece.literals.map(({ bytes }) => bytes.length) : []
    })
    expect(lengths).toEqual([5, 256 * KiB, 44 * KiB])
  })
})

describe('tree nodes', () => {
  async function asked(bytes: Uint8Array, level: number, indexes: readonly number[]) {
    const side = await makeSide()
    const { handle } = await side.storage.prepareFile(putFile(side, 'file', bytes))
    await side.storage.openSource(handle, noPlan)
    return await side.storage.sourceNodes(handle, level, indexes)
  }
  test('come one for each index, the Top by its true level', async () => {
    // §15.7-1
    const nodes = await asked(randomBytes(4 * MiB, 1), 63, [0])
    expect(nodes).toMatchObject([{ level: 1, index: 0 }])
    const leaves = await asked(randomBytes(4 * MiB, 1), 0, [0, 1])
    expect(leaves?.map(({ level, index }) => ({ level, index }))).toEqual([
      { level: 0, index: 0 },
      { level: 0, index: 1 },
    ])
    expect(leaves?.[0]?.nodes.length).toBe(64)
    const top = nodes?.[0]?.nodes.reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(top).toBe(4 * MiB)
  })
  test('that do not exist are said not to', async () => {
    // §15.7-2
    const bytes = randomBytes(100 * KiB, 1)
    expect(await asked(bytes, 1, [0])).toBeUndefined()
    expect(await asked(bytes, 0, [0, 1])).toBeUndefined()
    expect(await asked(bytes, 63, [1])).toBeUndefined()
    expect(await asked(bytes, 0, [0])).toHaveLength(1)
    expect(await asked(new Uint8Array(0), 63, [0])).toBeUndefined()
  })
})

describe('the storage side', () => {
  test('ends the older build when the same transfer begins again', async () => {
    // §15.11-1
    const from = await makeSide()
    const to = await makeSide()
    const { prepared } = await from.storage.prepareFile(putFile(from, 'file', randomBytes(MiB, 1)))
    const ended: [number, string][] = []
    to.onBuild = (handle, event) => {
      if (event.kind === 'failed') ended.push([handle, event.wire])
    }
    const placement = { directory: to.directory, onConflict: 'fail' as const, mayShare: true }
    const begin = async (object = objectOf(prepared)) => {
      const { handle } = await to.storage.look(object, placement)
      await to.storage.startBuild(handle)
      return handle
    }
    const first = await begin()
    const other = await begin({ ...objectOf(prepared), transfer: randomBytes(16, 9) })
    expect(ended).toEqual([])
    const second = await begin()
    expect(ended).toEqual([[first, 'SUPERSEDED']])
    // memory that still comes for the older one goes straight back
    const buffer = new SharedArrayBuffer(10)
    const back: number[] = []
    to.onBuild = (handle, event) => {
      if (event.kind === 'slab_taken') back.push(handle)
    }
    await to.storage.buildSlab(first, 1, 0, buffer, 10)
    expect(back).toEqual([first])
    expect([other, second]).not.toContain(first)
  })
  test('makes a pool where there is none, and two at once agree on it', async () => {
    const root = scratch(true)
    const options = { pool: join(root, 'a', 'pool'), jobs: join(root, 'jobs'), mayLearn: true }
    const both = await Promise.all([Storage.open(options, () => {}), Storage.open(options, () => {})])
    for (const storage of both) await storage.close()
  })
  test('sends a blob of its pool as it sends a file', async () => {
    const from = await makeSide()
    const to = await makeSide()
    const path = putFile(from, 'file', randomBytes(MiB, 1))
    await talk(from, path, to)
    const [listed] = await from.storage.listBlobs()
    expect(listed).toMatchObject({ size: MiB })
    const { prepared } = await from.storage.prepareBlob(listed?.blob ?? new Uint8Array(32))
    expect(prepared).toMatchObject({ size: MiB, blob: listed?.blob, candidates: [] })
    await expect(from.storage.prepareBlob(randomBytes(32, 8))).rejects.toMatchObject({ code: 'PFS_POOL' })
  })
})

test('a source that is closed while it is named ends there, and leaves no name behind', async () => {
  const side = await makeSide()
  const path = putFile(side, 'file', randomBytes(20 * MiB, 1))
  const { handle } = await side.storage.prepareFile(path)
  const naming = side.storage.nameSource(handle)
  await side.storage.closeSource(handle)
  await side.storage.closeSource(handle)
  await expect(naming).rejects.toMatchObject({ code: 'PFS_CANCELLED' })
  expect((await side.storage.prepareFile(path)).prepared.blob).toBeUndefined()
})

test('a build whose journal cannot be written fails, and holds nothing open', async () => {
  const from = await makeSide()
  const to = await makeSide()
  const { prepared } = await from.storage.prepareFile(putFile(from, 'file', randomBytes(MiB, 1)))
  writeFileSync(to.jobs, 'in the way of the directory')
  const placement = { directory: to.directory, onConflict: 'fail' as const, mayShare: true }
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  await expect(
    to.storage.look(objectOf(prepared), placement).then(({ handle }) => to.storage.startBuild(handle)),
  ).rejects.toMatchObject({ code: 'PFS_READ' })
  rmSync(to.jobs)
  const { handle } = await to.storage.look(objectOf(prepared), placement)
  writeFileSync(to.jobs, 'in the way of the directory')
  await expect(to.storage.startBuild(handle)).rejects.toMatchObject({ code: 'PFS_WRITE' })
  expect(open()).toBe(before)
})
