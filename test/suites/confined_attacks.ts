// What both twins of host/confined.ts do with names that would lead elsewhere, and with what is put in their way: every
// limit by one that just passes and one that just fails, every operation by each evil path.

import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Below, Confined } from '../../src/host/confined.ts'
import { bytes, faultOf, makeDevice, makePipe, operations, raw, World } from '../support/confined_world.ts'

const longest = 'x'.repeat(255)
/** Components of one byte, as many as fit. */
const most = `${'a/'.repeat(2047)}a`

const malformed: Record<string, Below> = {
  'nothing at all': bytes(''),
  absolute: bytes('/etc/passwd'),
  'a slash': bytes('/'),
  'two dots': bytes('..'),
  'two dots first': bytes('../out/victim'),
  'two dots in the middle': bytes('deep/../../out/victim'),
  'two dots last': bytes('deep/..'),
  'two dots that lead back': bytes('deep/../plain'),
  'a dot': bytes('.'),
  'a dot first': bytes('./plain'),
  'a dot in the middle': bytes('deep/./x'),
  'a dot last': bytes('deep/.'),
  'an empty component': bytes('deep//x'),
  'an empty component last': bytes('deep/'),
  'a zero byte': bytes('plain\0'),
  'a zero byte first': bytes('\0'),
  'a zero byte in a directory': bytes('de\0ep/x'),
  'a name of 256 bytes': bytes(`${longest}x`),
  'a directory of 256 bytes': bytes(`${longest}x/y`),
  'a path of 4,096 bytes': bytes(`${most}a`),
}

/** @param place a new empty directory */
export function confinedAttackSuite(
  name: string,
  open: (directory: string) => Confined,
  place: () => string,
): void {
  const world = (): { world: World; at: Confined } => {
    const made = new World(place())
    return { world: made, at: open(made.inside) }
  }

  /** Each operation must say one of `told`, and change nothing. */
  function expectAll(
    w: World,
    at: Confined,
    path: Below,
    told: (operation: string) => string | undefined,
  ): void {
    for (const [operation, work] of Object.entries(operations(at, path)))
      expect([operation, faultOf(work)]).toEqual([operation, told(operation)])
    expect(readdirSync(w.inside).sort()).toEqual(expect.arrayContaining(['deep', 'file', 'link', 'plain']))
    expect(existsSync(w.in('other'))).toBe(false)
    expect(readFileSync(w.in('plain'), 'utf8')).toBe('ours')
    w.expectUntouched()
  }

  describe(`${name}: no operation takes`, () => {
    for (const [why, path] of Object.entries(malformed))
      test(why, () => {
        const { world: w, at } = world()
        expectAll(w, at, path, () => 'malformed')
      })
  })

  describe(`${name}: every operation takes`, () => {
    for (const path of ['...', '..x', '.x', 'x..', longest, `deep/${longest}`])
      test(`a path with ${JSON.stringify(path.slice(0, 12))}`, () => {
        const { at } = world()
        closeSync(at.create(bytes(path), 0o644))
        expect(at.stat(bytes(path))?.kind).toBe('file')
        at.remove(bytes(path))
      })
    test('a path of 4,095 bytes, where the system has paths as long', () => {
      const { at } = world()
      const told = faultOf(() => at.makeDirectory(bytes(most), 0o755))
      expect(told).toBe('ENOENT')
      expect(at.stat(bytes(most))).toBeUndefined()
      if (at.kind !== 'native') return // a path below is not all of a portable one
      const steps = most.split('/')
      for (let i = 1; i <= steps.length; i += 1) at.makeDirectory(bytes(steps.slice(0, i).join('/')), 0o755)
      expect(at.stat(bytes(most))?.kind).toBe('directory')
      at.removeTree(bytes('a'))
    })
  })

  describe(`${name}: no operation follows a link`, () => {
    const links: Record<string, string> = {
      first: 'link/kept/too',
      'in the middle': 'deep/link/kept/too',
      'just before the end': 'deep/link/victim',
      'to the root': 'deep/slash/ROOT/victim', // whoever follows it must find nothing but our own
      'to itself': 'deep/loop/x',
      'to nothing': 'deep/dangling/x',
      'of the system itself': 'deep/magic/0',
      'back inside': 'deep/back/plain',
    }
    for (const [where, path] of Object.entries(links))
      test(where, () => {
        const { world: w, at } = world()
        for (const [link, text] of Object.entries({
          link: '../../out',
          slash: '/',
          loop: 'loop',
          dangling: 'none',
          magic: '/proc/self/fd',
          back: '..',
        }))
          symlinkSync(text, w.in(`deep/${link}`))
        expectAll(w, at, bytes(path.replace('/ROOT', w.outside)), () => 'link')
      })
    test('at the end: it is looked at, moved and removed itself, or refused', () => {
      for (const path of ['file', 'link']) {
        const told: Record<string, string> = {
          names: 'link',
          makeDirectory: 'EEXIST',
          create: 'EEXIST',
          openToRead: 'link',
          openToWrite: 'link',
          symlink: 'EEXIST',
          linkFrom: 'link',
          linkTo: 'EEXIST',
          renameToFree: 'EEXIST',
          renameIntoTo: 'EEXIST',
          setMode: 'link',
        }
        for (const operation of Object.keys(operations(open(place()), bytes(path)))) {
          const { world: w, at } = world()
          if (operation === 'setOwner' && process.getuid?.() !== 0) continue
          expect([operation, faultOf(() => operations(at, bytes(path))[operation]?.())]).toEqual([
            operation,
            told[operation],
          ])
          w.expectUntouched()
        }
      }
    })
  })

  test(`${name}: what is no directory leads nowhere`, () => {
    const { world: w, at } = world()
    makePipe(w.in('pipe'))
    for (const path of ['plain/x', 'plain/x/y', 'pipe/x'])
      expectAll(w, at, bytes(path), () => 'not_a_directory')
  })

  describe(`${name}: no operation waits for`, () => {
    test('a pipe, a device or a socket where a file should be', async () => {
      const { world: w, at } = world()
      makePipe(w.in('pipe'))
      const server = createServer().listen(w.in('socket'))
      await new Promise(resolve => server.once('listening', resolve))
      const paths = makeDevice(w.in('device')) ? ['pipe', 'socket', 'device'] : ['pipe', 'socket']
      for (const path of paths) {
        for (const access of ['read', 'read_write'] as const)
          expect([path, faultOf(() => at.open(bytes(path), access))]).toEqual([path, 'EINVAL'])
        expect(faultOf(() => at.link(bytes(path), bytes('new')))).toBe('EINVAL')
        expect(faultOf(() => at.create(bytes(path), 0o644))).toBe('EEXIST')
        expect(at.stat(bytes(path))?.kind).toBe('other')
        at.setMode(bytes(path), 0o600)
        at.setTime(bytes(path), 1_000_000_000n)
      }
      await at.sync()
      for (const path of paths) at.remove(bytes(path))
      for (const access of ['read', 'read_write'] as const)
        expect(faultOf(() => at.open(bytes('deep'), access))).toBe('EISDIR')
      expect(faultOf(() => at.link(bytes('deep'), bytes('new')))).toBe('EISDIR')
      server.close()
      w.expectUntouched()
    })
  })

  describe(`${name}: between two calls`, () => {
    test('a directory may become a link, and the second is refused', () => {
      const { world: w, at } = world()
      closeSync(at.create(bytes('deep/first'), 0o644))
      renameSync(w.in('deep'), w.in('moved'))
      symlinkSync('../out', w.in('deep'))
      expectAll(w, at, bytes('deep/victim'), () => 'link')
      expect(faultOf(() => at.create(bytes('deep/second'), 0o644))).toBe('link')
    })
    test('a file may become a link, and it is not written through', async () => {
      const { world: w, at } = world()
      const fd = at.create(bytes('new'), 0o644)
      unlinkSync(w.in('new'))
      symlinkSync('../out/victim', w.in('new'))
      writeSync(fd, 'ours')
      closeSync(fd)
      expect(faultOf(() => at.open(bytes('new'), 'read_write'))).toBe('link')
      expect(faultOf(() => at.setMode(bytes('new'), 0o777))).toBe('link')
      await at.sync()
      w.expectUntouched()
    })
    test('the directory itself may become a link: nothing goes there', async () => {
      const { world: w, at } = world()
      const moved = `${w.inside}-moved`
      renameSync(w.inside, moved)
      symlinkSync('out', w.inside)
      const told = faultOf(() => closeSync(at.create(bytes('kept/new'), 0o644)))
      // by its descriptor it is still what it was, where there is no kept/
      expect(told).toBe(at.kind === 'native' ? 'ENOENT' : 'link')
      expect(faultOf(() => at.removeTree(bytes('kept')))).toBe(at.kind === 'native' ? undefined : 'link')
      expect(faultOf(() => at.names(undefined))).toBe(at.kind === 'native' ? undefined : 'link')
      if (at.kind === 'native') closeSync(at.create(bytes('deep/new'), 0o644))
      expect(existsSync(join(moved, 'deep', 'new'))).toBe(at.kind === 'native')
      w.expectUntouched()
    })
    test('the directory itself may become another, which is noticed', () => {
      const { world: w, at } = world()
      rmSync(w.inside, { recursive: true })
      mkdirSync(w.inside)
      writeFileSync(w.in('victim'), 'not ours')
      for (const work of [() => at.create(bytes('new'), 0o644), () => at.remove(bytes('victim'))])
        expect(faultOf(work)).toMatch(at.kind === 'native' ? /^ENOENT$/ : /^ESTALE$/)
      expect(readdirSync(w.inside)).toEqual(['victim'])
    })
  })

  test(`${name}: a fault does nothing to the terminal that shows it`, () => {
    const { at } = world()
    for (const path of [raw('none/\x1b[2J\x9b'), raw('../\x1b[2J'), raw('plain/\x1b[2J')])
      try {
        at.remove(path)
        expect.unreachable()
      } catch (error) {
        const { message } = error as Error
        if (at.kind === 'native' || message.startsWith('malformed')) expect(message).not.toContain('\x1b')
      }
  })
}
