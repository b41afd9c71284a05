// A tree that was learnt where it lies is copied into the pool behind everyone's back, and survives its files: thousands of
// short ones, each a chunk of its own, among longer ones.

import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { must } from '../../../../src/base/assert.ts'
import { KiB, MiB } from '../../../../src/base/units.ts'
import { blobType } from '../../../../src/cut/tree.ts'
import { Pool } from '../../../../src/pool/pool.ts'
import { randomBytes } from '../../../pool/scratch.ts'
import { makeSide } from '../../conversation.ts'
import { talkTree } from '../../tree_conversation.ts'

test('thousands of short files, and long ones among them', async () => {
  const [from, to] = [await makeSide('off'), await makeSide('place')]
  const root = join(from.directory, 'src')
  mkdirSync(root)
  for (let i = 0; i < 3_000; i++) {
    const path = join(root, `f${i}`)
    writeFileSync(path, randomBytes(i % 500 === 0 ? 700 * KiB : 60 + (i % 40), i))
    utimesSync(path, 1e9, 1e9)
  }
  expect((await talkTree(from, to)).end).toMatchObject({ kind: 'done' })
  await to.storage.close()
  const pool = await Pool.open(to.pool)
  const { blobId, sizeBytes } = must(
    [...pool.list()].find(({ type }) => type === blobType.image),
    'an image that was learnt',
  )
  const whole = new Uint8Array(sizeBytes)
  expect(must(pool.openBlob(blobId), 'the image').read(0, whole)).toBe(sizeBytes)
  const copier = must(pool.copier(blobId), 'something to copy')
  let state = copier.step(MiB)
  while (state === 'more') state = copier.step(MiB)
  expect(state).toBe('done')
  await pool.commit()
  rmSync(join(to.directory, 'src'), { recursive: true })
  const copied = new Uint8Array(sizeBytes)
  expect(must(pool.openBlob(blobId), 'the image').read(0, copied)).toBe(sizeBytes)
  expect(Buffer.compare(copied, whole)).toBe(0)
  await pool.close()
})
