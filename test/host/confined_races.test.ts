// What an adversary does between two of the portable twin's system calls: at one of them the file system is changed first. And
// which files those calls reach when all is synced. The native twin has the same in native/test/confined_test.cc.

import fs, {
  appendFileSync,
  closeSync,
  existsSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, describe, expect, test } from 'vitest'
import { type Confined, openConfined } from '../../src/host/confined.ts'
import { many } from '../../src/host/many.ts'
import { scratch } from '../pool/scratch.ts'
import { readsOf } from '../suites/many.ts'
import { bytes, faultOf, makePipe, World } from '../support/confined_world.ts'

type Call = (...values: unknown[]) => unknown

const names = ['openSync', 'linkSync', 'readdirSync', 'lstatSync', 'readSync'] as const
type Name = (typeof names)[number]
const calls = fs as unknown as Record<Name, Call>
const originals = Object.fromEntries(names.map(name => [name, calls[name]])) as Record<Name, Call>

function put(name: Name, call: Call): void {
  calls[name] = call
  syncBuiltinESMExports()
}

afterEach(() => {
  for (const name of names) put(name, originals[name])
})

/** Once, before the call of that name whose path ends so. */
function meddleAt(name: Name, ending: string, meddle: () => void): void {
  put(name, (...values) => {
    if (!String(values[0]).endsWith(ending)) return originals[name](...values)
    put(name, originals[name])
    meddle()
    return originals[name](...values)
  })
}

const setUp = (): { w: World; at: Confined } => {
  const w = new World(scratch())
  return { w, at: openConfined(w.inside, {}) }
}

describe('a file that was looked at', () => {
  for (const access of ['read', 'read_write'] as const) {
    test(`and became a link is not opened (${access})`, () => {
      const { w, at } = setUp()
      meddleAt('openSync', '/plain', () => {
        unlinkSync(w.in('plain'))
        symlinkSync('../out/victim', w.in('plain'))
      })
      expect(faultOf(() => at.open(bytes('plain'), access))).toBe('link')
      w.expectUntouched()
    })
    test(`and became a pipe is not waited for (${access})`, () => {
      const { w, at } = setUp()
      meddleAt('openSync', '/plain', () => {
        unlinkSync(w.in('plain'))
        makePipe(w.in('plain'))
      })
      expect(faultOf(() => at.open(bytes('plain'), access))).toBe('ESTALE')
    })
    test(`and became another file is not taken for it (${access})`, () => {
      const { w, at } = setUp()
      writeFileSync(w.in('another'), 'another')
      meddleAt('openSync', '/plain', () => renameSync(w.in('another'), w.in('plain')))
      expect(faultOf(() => at.open(bytes('plain'), access))).toBe('ESTALE')
    })
  }
  test('and became a link keeps its mode, and so does what that leads to', () => {
    const { w, at } = setUp()
    meddleAt('openSync', '/plain', () => {
      unlinkSync(w.in('plain'))
      symlinkSync('../out/victim', w.in('plain'))
    })
    expect(faultOf(() => at.setMode(bytes('plain'), 0o777))).toBe('link')
    w.expectUntouched()
  })
  test('and became a link gets no second name', () => {
    const { w, at } = setUp()
    meddleAt('linkSync', '/plain', () => {
      unlinkSync(w.in('plain'))
      symlinkSync('../out/victim', w.in('plain'))
    })
    expect(faultOf(() => at.link(bytes('plain'), bytes('new')))).toBe('ESTALE')
    expect(existsSync(w.in('new'))).toBe(false)
    w.expectUntouched()
  })
  test('grows while it is read, and is told to be another', () => {
    const { w } = setUp()
    const target = new Uint8Array(4)
    put('readSync', (...values) => {
      put('readSync', originals.readSync)
      const count = originals.readSync(...values)
      appendFileSync(w.in('plain'), 'x')
      return count
    })
    expect(many({}).read(readsOf([[w.in('plain'), 4]]), target)).toEqual([{ kind: 'changed' }])
  })
})

test('a name that was free and is no more is not taken by a rename', () => {
  const { w, at } = setUp()
  meddleAt('linkSync', '/plain', () => writeFileSync(w.in('new'), 'theirs'))
  expect(faultOf(() => at.rename(bytes('plain'), bytes('new'), false))).toBe('EEXIST')
  expect(readFileSync(w.in('new'), 'utf8')).toBe('theirs')
  expect(readFileSync(w.in('plain'), 'utf8')).toBe('ours')
})

describe('a tree that is removed', () => {
  const tree = () => {
    const made = setUp()
    for (const path of ['tree', 'tree/d', 'tree/d/e']) made.at.makeDirectory(bytes(path), 0o755)
    return made
  }
  test('is left alone where a directory became a link while it was listed', () => {
    const { w, at } = tree()
    meddleAt('readdirSync', '/tree/d', () => {
      renameSync(w.in('tree/d'), w.in('away'))
      symlinkSync('../../out', w.in('tree/d'))
    })
    expect(faultOf(() => at.removeTree(bytes('tree')))).toBe('ESTALE')
    w.expectUntouched()
  })
  test('is left alone where a directory became a link while one in it was emptied', () => {
    const { w, at } = tree()
    symlinkSync('x', w.in('tree/d/e/l'))
    meddleAt('readdirSync', '/tree/d/e', () => {
      renameSync(w.in('tree/d'), w.in('away'))
      symlinkSync('../../out', w.in('tree/d'))
    })
    expect(faultOf(() => at.removeTree(bytes('tree')))).toMatch(/^ENO|^ESTALE$/)
    w.expectUntouched()
  })
  test('is left alone where another file system is mounted', () => {
    const { w, at } = tree()
    writeFileSync(w.in('tree/d/e/kept'), '')
    put('lstatSync', (...values) => {
      const stats = originals.lstatSync(...values) as fs.BigIntStats | undefined
      if (stats && String(values[0]).endsWith('/tree/d/e')) stats.dev += 1n
      return stats
    })
    expect(faultOf(() => at.removeTree(bytes('tree')))).toBe('EBUSY')
    expect(existsSync(w.in('tree/d/e/kept'))).toBe(true)
  })
  test('is gone, though something came in late', () => {
    const { w, at } = tree()
    put('lstatSync', (...values) => {
      const stats = originals.lstatSync(...values)
      if (!String(values[0]).endsWith('/tree/d/e')) return stats
      put('lstatSync', originals.lstatSync)
      writeFileSync(w.in('tree/late'), '') // tree/ was emptied of files before
      return stats
    })
    at.removeTree(bytes('tree'))
    expect(existsSync(w.in('tree'))).toBe(false)
  })
})

test('a sync reaches each file and directory that was changed, by the names they have by then', async () => {
  const { w, at } = setUp()
  const other = openConfined(scratch(), {})
  for (const path of ['dir', 'dir/sub']) at.makeDirectory(bytes(path), 0o755)
  for (const path of ['a', 'dir/b', 'dir/sub/c', 'deep/gone']) closeSync(at.create(bytes(path), 0o644))
  closeSync(at.open(bytes('plain'), 'read_write'))
  closeSync(at.open(bytes('a'), 'read'))
  at.rename(bytes('dir'), bytes('moved'), false)
  at.renameInto(bytes('a'), other, bytes('came'), false)
  at.remove(bytes('deep/gone'))

  const reached: string[] = []
  put('openSync', (...values) => {
    reached.push(String(values[0]))
    return originals.openSync(...values)
  })
  await at.sync()
  const here = ['', '/deep', '/moved', '/moved/b', '/moved/sub', '/moved/sub/c', '/plain']
  expect(reached.sort()).toEqual(here.map(path => w.inside + path))
  reached.length = 0
  await other.sync()
  expect(reached.sort()).toEqual([other.path, `${other.path}/came`])
  reached.length = 0
  at.rename(bytes('moved/sub/c'), bytes('deep/c'), false)
  await at.sync()
  expect(reached.sort()).toEqual(['/deep', '/deep/c', '/moved/sub'].map(path => w.inside + path))
  reached.length = 0
  await Promise.all([at.sync(), other.sync()])
  expect(reached).toEqual([])
})
