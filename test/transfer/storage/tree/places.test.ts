// Where unfinished work on a tree lies: one place for all attempts at the same tops, its manifest kept until another is, and
// nothing taken for one that is none.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Pool } from '../../../../src/pool/pool.ts'
import type { OfferedObject } from '../../../../src/transfer/storage/events.ts'
import {
  learnManifest,
  manifestIdOf,
  readManifest,
  recipeOf,
} from '../../../../src/transfer/storage/tree/manifest_blob.ts'
import { TreePlaces } from '../../../../src/transfer/storage/tree/places.ts'
import { scratch } from '../../../pool/scratch.ts'
import { manifestOf } from './world.ts'

const pool = await Pool.create(join(scratch(true), 'pool'))
afterAll(() => pool.close())

const lasting = new Uint8Array(12).fill(7)
const transfer = (last: number): Uint8Array => Uint8Array.from([...lasting, 0, 0, 0, last])
const idOf = (bytes: Uint8Array): Uint8Array => manifestIdOf(pool, recipeOf(pool, bytes))

function make(change: Partial<OfferedObject> = {}, directory = '/somewhere', jobs = '') {
  const object = { transfer: transfer(1), peer: 'p', name: 'src', ...change } as OfferedObject
  return new TreePlaces(object, { directory, onConflict: 'fail', mayShare: true }, jobs)
}

test('all attempts share it; another peer, other tops or another directory do not', () => {
  // §15.2-5
  const { staging, journal } = make()
  expect(make({ transfer: transfer(2) })).toMatchObject({ staging, journal })
  expect(staging).toMatch(/^\/somewhere\/\.src\.[0-9a-f]{8}\.pfs-part$/)
  const others = [make({ peer: 'q' }), make({ transfer: transfer(1).fill(8, 0, 12) }), make({}, '/elsewhere')]
  expect(new Set([journal, ...others.map(other => other.journal)]).size).toBe(4)
  expect(() => make({ name: 'a/b' })).toThrow(/cannot be the name/)
})

test('a manifest is kept until another is, and found by its id alone', () => {
  const jobs = scratch(true)
  const places = make({}, '/somewhere', jobs)
  const [a, b] = [manifestOf({ 's/a': 'x' }).manifest, manifestOf({ 's/b': 'x' }).manifest]
  const [idA, idB] = [idOf(a.bytes), idOf(b.bytes)]
  expect(places.find(pool, idA)).toBeUndefined()
  places.keep(idA, a)
  expect(Buffer.from(places.find(pool, idA)?.bytes ?? '').equals(a.bytes)).toBe(true)
  expect(places.find(pool, idB)).toBeUndefined()
  writeFileSync(join(jobs, 'of another.manifest'), 'theirs')
  places.keep(idB, b)
  expect(existsSync(places.manifest(idA))).toBe(false)
  expect(readdirSync(jobs)).toHaveLength(2)
  for (const spoilt of ['', 'no list at all', Buffer.from(a.bytes), Buffer.from(b.bytes).subarray(1)]) {
    writeFileSync(places.manifest(idB), spoilt)
    expect(places.find(pool, idB)).toBeUndefined()
  }
  places.keep(idB, b)
  expect(places.find(pool, idB)).toBeDefined()
  places.forgetManifests()
  expect(readdirSync(jobs)).toEqual(['of another.manifest'])
})

test('what is kept for an inquiry is found by inquiries alone, and goes without the other', () => {
  // §15.2-7
  const jobs = scratch(true)
  mkdirSync(jobs, { recursive: true })
  const [places, asking] = [make({}, '/x', jobs), make({ isInquiry: true }, '/x', jobs)]
  const { manifest } = manifestOf({ 's/c': 'x' })
  const id = idOf(manifest.bytes)
  writeFileSync(asking.manifest(id), manifest.bytes)
  expect([places.find(pool, id), asking.find(pool, id)?.count]).toEqual([undefined, 2])
  places.keep(id, manifest)
  asking.forgetInquiry(id)
  expect([places.find(pool, id)?.count, asking.find(pool, id)?.count]).toEqual([2, 2])
})

test('the pool gives back a manifest it has learnt, and nothing else as one', async () => {
  const { manifest } = manifestOf(
    Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`s/file ${i}`, 'x'])),
  )
  const id = idOf(manifest.bytes)
  expect(readManifest(pool, id)).toBeUndefined()
  learnManifest(pool, id, manifest)
  await pool.commit()
  learnManifest(pool, id, manifest)
  expect(readManifest(pool, id)?.bytes).toEqual(new Uint8Array(manifest.bytes))
  const path = join(scratch(true), 'file')
  writeFileSync(path, manifest.bytes)
  const { blobId: file } = await pool.import(path)
  await pool.commit()
  expect(readManifest(pool, file)).toBeUndefined()
})
