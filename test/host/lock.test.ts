// The lock excludes, names its holder and dies with it; a process mark tells the living from the dead.

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { files } from '../../src/host/files.ts'
import { ExclusiveLock, isAlive, thisProcess } from '../../src/host/lock.ts'

const directory = mkdtempSync(join(tmpdir(), 'pfs-lock-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the exclusive lock', () => {
  test('is held by one, who is named to the others, and free again after release', async () => {
    const lock = await ExclusiveLock.acquire(directory, 'a test')
    await expect(ExclusiveLock.acquire(directory, 'another')).rejects.toMatchObject({
      code: 'PFS_LOCKED',
      retryable: true,
      message: expect.stringMatching(new RegExp(`process ${process.pid} \\(a test\\)`)),
    })
    await lock.release()
    await (await ExclusiveLock.acquire(directory, 'another')).release()
  })

  test('dies with its holder', async () => {
    const built = join(import.meta.dirname, '..', '..', 'dist', 'src', 'host', 'lock.js')
    const program = `import { ExclusiveLock } from ${JSON.stringify(built)}
      await ExclusiveLock.acquire(${JSON.stringify(directory)}, 'to be killed')
      console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise(resolve => child.stdout.once('data', resolve))
    await expect(ExclusiveLock.acquire(directory, 'x')).rejects.toMatchObject({ code: 'PFS_LOCKED' })
    const closed = new Promise(resolve => child.once('close', resolve))
    child.kill('SIGKILL')
    await closed
    await (await ExclusiveLock.acquire(directory, 'x')).release()
  })
})

describe('a process mark', () => {
  test('knows this process alive', () => {
    expect(isAlive(thisProcess())).toBe(true)
  })

  test('is not fooled by a number used again, nor by another boot', () => {
    const mark = thisProcess()
    expect(isAlive({ ...mark, startTicks: mark.startTicks + 1 })).toBe(false)
    expect(isAlive({ ...mark, bootId: 'ab'.repeat(16) })).toBe(false)
    expect(isAlive({ ...mark, pid: 2 ** 22 + 1 })).toBe(false)
  })

  test('of another process namespace is taken for alive: nobody can know', () => {
    expect(isAlive({ ...thisProcess(), pid: 2 ** 22 + 1, pidNamespace: 1 })).toBe(true)
  })
})

describe.skipIf(files().kind === 'portable')('the lock of the lock file', () => {
  const path = join(directory, 'lock')

  test('excludes who does not see the socket: a container with a network of its own', async () => {
    const fd = openSync(path, 'w+')
    expect(files().lock(fd)).toBe('locked')
    await expect(ExclusiveLock.acquire(directory, 'x')).rejects.toMatchObject({ code: 'PFS_LOCKED' })
    closeSync(fd)
    const lock = await ExclusiveLock.acquire(directory, 'x')
    const other = openSync(path, 'r+')
    expect(files().lock(other)).toBe('taken')
    await lock.release()
    expect(files().lock(other)).toBe('locked') // of a file that has no name any more
    await (await ExclusiveLock.acquire(directory, 'y')).release()
    closeSync(other)
  })

  test('and the socket are both held, so that a process without the addon is excluded too', async () => {
    const lock = await ExclusiveLock.acquire(directory, 'with the addon')
    const built = join(import.meta.dirname, '..', '..', 'dist', 'src', 'host', 'lock.js')
    const program = `import { ExclusiveLock } from ${JSON.stringify(built)}
      await ExclusiveLock.acquire(${JSON.stringify(directory)}, 'x').then(() => console.log('held'), e => console.log(e.code))`
    const run = (): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, PFS_NATIVE: 'off' },
        encoding: 'utf8',
      }).stdout.trim()
    expect(run()).toBe('PFS_LOCKED')
    await lock.release()
    expect(run()).toBe('held')
  })
})
