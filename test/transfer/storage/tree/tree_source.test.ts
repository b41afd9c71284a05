// The image of a tree on its way out: what is read of it while its scan goes on disturbs nothing.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KiB, MiB } from '../../../../src/base/units.ts'
import { chunking1 } from '../../../../src/cut/limits.ts'
import { many } from '../../../../src/host/many.ts'
import { Pool } from '../../../../src/pool/pool.ts'
import { History } from '../../../../src/transfer/storage/tree/history.ts'
import { TreeMemory } from '../../../../src/transfer/storage/tree/memory.ts'
import { everything } from '../../../../src/transfer/storage/tree/selection.ts'
import { TreeSource } from '../../../../src/transfer/storage/tree/tree_source.ts'
import { walk } from '../../../../src/transfer/storage/tree/walk.ts'
import { walkDisk } from '../../../../src/transfer/storage/tree/walk_disk.ts'
import { randomBytes, scratch } from '../../../pool/scratch.ts'

/** More than a scanner reads ahead. */
const fileBytes = 8 * MiB

test('bytes are read of one long file while another is scanned', async () => {
  const root = scratch(true)
  const pool = await Pool.create(join(root, 'pool'), { quotaBytes: 64 * MiB, learn: 'off' })
  const top = join(root, 'src')
  mkdirSync(top)
  const files = [randomBytes(fileBytes, 1), randomBytes(fileBytes, 2)]
  for (const [i, content] of files.entries()) {
    writeFileSync(join(top, `f${i}`), content)
    utimesSync(join(top, `f${i}`), 1e9, 1e9)
  }
  const source = async (): Promise<TreeSource> => {
    const tops = [{ path: Buffer.from(top), name: Buffer.from('src') }]
    const options = { tops, selection: everything, links: 'keep', hasOwners: false } as const
    const snapshot = await walk(options, walkDisk(many()))
    const history = new History(pool, new TreeMemory(pool.directory), snapshot)
    const prepared = {
      transfer: new Uint8Array(16),
      name: 'src',
      mode: 0,
      mtimeNanos: 0n,
      poolId: pool.identity.poolId,
      chunking: chunking1.id,
      size: snapshot.manifest.imageBytes,
      blob: undefined,
      candidates: [],
    }
    const made = new TreeSource({
      pool,
      many: many(),
      snapshot,
      history,
      prepared,
      learning: 'off',
      onSettled: () => {},
    })
    made.begin({ held: [], sources: [], codecs: [] })
    return made
  }
  const calm = await source()
  const expected = await calm.settle()
  calm.close()

  const disturbed = await source()
  const some = new Uint8Array(100 * KiB)
  for (let i = 0; i < 48; i++) {
    disturbed.scan(MiB / 2)
    // alternately of each, never from the beginning
    const [file, offset] = [i % 2, 300 * KiB + i]
    disturbed.read(some, file * fileBytes + offset)
    expect(Buffer.compare(some, (files[file] ?? some).subarray(offset, offset + some.length))).toBe(0)
  }
  expect(await disturbed.settle()).toEqual(expected)
  disturbed.close()
  pool.close()
})
