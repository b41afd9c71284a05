// What the portable twin of host/confined.ts has still to sync, through all that may happen to a name before it does.

import { describe, expect, test } from 'vitest'
import { Unsynced } from '../../src/host/confined_unsynced.ts'
import { bytes, raw } from '../support/confined_world.ts'

const shown = (path: Uint8Array | undefined): string => (path ? Buffer.from(path).toString('latin1') : '.')

/** What a sync finds, in its order. */
async function flushed(unsynced: Unsynced): Promise<{ files: string[]; directories: string[] }> {
  const found = { files: [] as string[], directories: [] as string[] }
  await unsynced.flush(async (path, isDirectory) => {
    ;(isDirectory ? found.directories : found.files).push(shown(path))
  })
  return { files: found.files.sort(), directories: found.directories.sort() }
}

function made(...paths: string[]): Unsynced {
  const unsynced = new Unsynced()
  for (const path of paths) {
    unsynced.addFile(raw(path))
    unsynced.addName(raw(path))
  }
  return unsynced
}

describe('what is not yet synced', () => {
  test('is each file once and the directories of their names, whatever bytes they have', async () => {
    const unsynced = made('a', 'd/\xff', 'd/b', 'a')
    expect(await flushed(unsynced)).toEqual({ files: ['a', 'd/b', 'd/\xff'], directories: ['.', 'd'] })
    expect(await flushed(unsynced)).toEqual({ files: [], directories: [] })
  })
  test('goes with a file that is moved, and with a directory above it', async () => {
    const unsynced = made('d/a', 'd/e/b', 'dx/c', 'over')
    unsynced.move(bytes('d/a'), unsynced, bytes('over'), false)
    unsynced.move(bytes('d'), unsynced, bytes('m'), true)
    expect(await flushed(unsynced)).toEqual({
      files: ['dx/c', 'm/e/b', 'over'],
      directories: ['.', 'dx', 'm', 'm/e'],
    })
  })
  test('goes into another directory that is held', async () => {
    const [here, there] = [made('d/a', 'b'), made('x')]
    here.move(bytes('d'), there, bytes('n/d'), true)
    expect(await flushed(here)).toEqual({ files: ['b'], directories: ['.'] })
    expect(await flushed(there)).toEqual({ files: ['n/d/a', 'x'], directories: ['.', 'n/d'] })
  })
  test('is gone with what is removed', async () => {
    const unsynced = made('d/a', 'd/b/c', 'd', 'dx')
    unsynced.forget(bytes('d/a'), false)
    expect((await flushed(unsynced)).files).toEqual(['d', 'd/b/c', 'dx'])
    const tree = made('d/a', 'd/b/c', 'd', 'dx')
    tree.forget(bytes('d'), true)
    expect((await flushed(tree)).files).toEqual(['dx'])
  })
  test('stays so when its sync fails, and the others are synced all the same', async () => {
    const paths = Array.from({ length: 50 }, (_, i) => `f${i}`)
    const unsynced = made(...paths)
    const tried: string[] = []
    const failing = unsynced.flush(async path => {
      tried.push(shown(path))
      if (shown(path) === 'f7') throw new Error('the disk')
    })
    await expect(failing).rejects.toThrow('the disk')
    expect(tried.length).toBe(50)
    expect(await flushed(unsynced)).toEqual({ files: ['f7'], directories: ['.'] })
  })
  test('is found by its new name when it is moved while a sync goes on', async () => {
    const unsynced = made('d/a', 'd/b')
    const tried: string[] = []
    await unsynced.flush(async path => {
      if (tried.length === 0) unsynced.move(bytes('d'), unsynced, bytes('m'), true)
      tried.push(shown(path))
    })
    expect(tried).toEqual(expect.arrayContaining(['m/a', 'm/b']))
  })
})
