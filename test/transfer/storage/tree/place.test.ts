// A built tree on its way to its place, by both twins: everything as it was named and nothing anywhere else, what is there
// dealt with as the owner wants, and single entries that fail alone.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Ground, manifestOf, put, twins } from './world.ts'

const textOf = (path: string): string => readFileSync(path, 'utf8')

describe.each(twins)('by the twin $name: what a tree names', twin => {
  test('is made below the target, and links that lead out are refused one by one', async () => {
    // §13.6-4
    const ground = new Ground(twin)
    writeFileSync(`${ground.root}/victim`, 'mine')
    const made = manifestOf({
      'src/file': 'ours',
      'src/inside': { text: 'file' },
      'src/d/up': { text: '../file' },
      'src/absolute': { text: `${ground.root}/victim` },
      'src/out': { text: '../../victim' },
      'src/round': { text: 'd/../../src/file' },
      'src/d/out': { text: '../../target' },
      top: { text: 'src' },
    })
    const { failed } = await put(ground, made)
    expect(failed).toEqual({
      'src/absolute': 'PFS_WRITE',
      'src/out': 'PFS_WRITE',
      'src/round': 'PFS_WRITE',
      'src/d/out': 'PFS_WRITE',
      top: 'PFS_WRITE',
    })
    expect(readdirSync(ground.at())).toEqual(['src'])
    expect(readdirSync(ground.at('src')).sort()).toEqual(['d', 'file', 'inside'])
    expect(readdirSync(ground.at('src', 'd'))).toEqual(['up'])
    expect(readlinkSync(ground.at('src', 'd', 'up'))).toBe('../file')
    expect(readdirSync(ground.root).sort()).toEqual(['staging', 'target', 'victim'])
    expect(textOf(`${ground.root}/victim`)).toBe('mine')
  })

  test('goes through no link that stands at the target, and replaces none on its way', async () => {
    // §13.6-4
    const ground = new Ground(twin)
    mkdirSync(`${ground.root}/elsewhere`)
    writeFileSync(`${ground.root}/elsewhere/a`, 'mine')
    mkdirSync(ground.at('src'))
    symlinkSync('../../elsewhere', ground.at('src', 'd'))
    const made = manifestOf({ 'src/d/a': 'theirs', 'src/d/new': 'theirs', 'src/b': 'theirs' })
    const { failed } = await put(ground, made, { policy: 'rename' })
    expect(Object.keys(failed)).toEqual(['src/d'])
    expect(textOf(ground.at('src', 'b'))).toBe('theirs')
    expect(readlinkSync(ground.at('src', 'd'))).toBe('../../elsewhere')
    expect(readdirSync(`${ground.root}/elsewhere`)).toEqual(['a'])
    expect(textOf(`${ground.root}/elsewhere/a`)).toBe('mine')
    // who wants it replaced loses the link, never what it leads to
    const again = new Ground(twin)
    mkdirSync(again.at('src'))
    symlinkSync(`${ground.root}/elsewhere`, again.at('src', 'd'))
    expect((await put(again, made, { policy: 'overwrite' })).failed).toEqual({})
    expect(lstatSync(again.at('src', 'd')).isDirectory()).toBe(true)
    expect(textOf(`${ground.root}/elsewhere/a`)).toBe('mine')
  })
})
