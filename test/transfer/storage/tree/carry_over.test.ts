// What an earlier attempt left for the next one: file by file where both say the same of it, looked at without changing
// anything, and all else removed when work begins.

import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RangeSet } from '../../../../src/base/ranges.ts'
import { Image } from '../../../../src/cut/manifest/image.ts'
import { carryOver, tidy } from '../../../../src/transfer/storage/tree/carry_over.ts'
import { Ground, type Lines, manifestOf, mtimeNanos, twins, write } from './world.ts'

const old: Lines = {
  's/changed': 'content',
  's/d/deep': 'deep content',
  's/first': 'first content',
  's/gone': 'gone',
  's/half': 'half of it',
  's/later': { content: 'same size', mtimeNanos },
}

describe.each(twins)('by the twin $name', twin => {
  function staged() {
    const ground = new Ground(twin)
    const before = manifestOf(old)
    const image = new Image(before.manifest)
    const part = ground.part(image)
    write(part, image, before, [])
    part.closeFiles()
    const held = new RangeSet()
    held.add(0, image.sizeBytes)
    return { ground, before, image, held }
  }

  test('files of the same path, size and time keep what had come, at their new places', () => {
    const { ground, before, image, held } = staged()
    const half = before.at('s/half')
    held.remove(image.start(half) + 2, image.start(half) + 5)
    const made = manifestOf({
      's/a new one': 'new',
      's/changed': 'content, longer',
      's/d/deep': 'deep content',
      's/first': 'first content',
      's/half': 'half of it',
      's/later': { content: 'same size', mtimeNanos: mtimeNanos + 1n },
    })
    const now = new Image(made.manifest)
    const listed = readdirSync(ground.staged(), { recursive: true })
    const { files, held: carried } = carryOver(image, held, now, ground.staging)
    expect(files.map(index => Buffer.from(made.manifest.path(index)).toString())).toEqual([
      's/d/deep',
      's/first',
      's/half',
    ])
    const at = (name: string, from: number, to: number) => {
      const start = now.start(made.at(name))
      return { start: start + from, end: start + to }
    }
    const expected = new RangeSet()
    for (const { start, end } of [
      at('s/d/deep', 0, 12),
      at('s/first', 0, 13),
      at('s/half', 0, 2),
      at('s/half', 5, 10),
    ])
      expected.add(start, end)
    expect([...carried]).toEqual([...expected])
    expect(readdirSync(ground.staged(), { recursive: true })).toEqual(listed)
  })

  test('a file that is not there any more, or has another length, is not carried', () => {
    const { ground, before, image, held } = staged()
    ground.staging.remove(Buffer.from('s/first'))
    truncateSync(ground.staged('s/half'), 3)
    ground.staging.remove(Buffer.from('s/gone'))
    symlinkSync('half', ground.staged('s/gone'))
    const { files } = carryOver(image, held, image, ground.staging)
    const paths = files.map(index => Buffer.from(before.manifest.path(index)).toString())
    expect(paths).toEqual(['s/changed', 's/d/deep', 's/later'])
  })

  test('what nobody wants now, or wanted then, is not carried', () => {
    const { ground, before, image, held } = staged()
    const first = before.at('s/first')
    const without = new Image(before.manifest, [{ start: first, end: first + 1 }])
    expect(carryOver(image, held, without, ground.staging).files).not.toContain(first)
    const less = new RangeSet()
    less.add(0, without.sizeBytes)
    expect(carryOver(without, less, image, ground.staging).files).not.toContain(first)
  })

  test('tidying removes all but those files and the directories of the tree, and follows no link', () => {
    const { ground } = staged()
    mkdirSync(`${ground.root}/elsewhere`)
    writeFileSync(`${ground.root}/elsewhere/kept`, 'mine')
    symlinkSync('../../elsewhere', ground.staged('s/link'))
    symlinkSync('../elsewhere', ground.staged('t'))
    mkdirSync(ground.staged('s/unknown/deep'), { recursive: true })
    writeFileSync(ground.staged('s/unknown/deep/x'), 'x')
    writeFileSync(ground.staged('s/e'), 'a file where a directory belongs')
    mkdirSync(ground.staged('s/x'))
    const made = manifestOf({ ...old, 's/e/f': 'x', 's/x': 'a file', 't/u': 'x' })
    tidy(made.manifest, new Set([made.at('s/first'), made.at('s/x')]), ground.staging)
    expect(readdirSync(ground.staged(), { recursive: true }).sort()).toEqual(['s', 's/d', 's/first'])
    expect(existsSync(`${ground.root}/elsewhere/kept`)).toBe(true)
  })
})
