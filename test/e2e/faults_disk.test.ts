// The receiver's disk: too small for the offer, filled up by somebody in the middle, read-only, or full where the pool
// lies. The target is whole or not there, and what had arrived waits for room. Small file systems need root.

import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectFault, expectSaid, expectSame, Machines } from '../support/faults.ts'
import { pfs } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'

/** Whether this user may mount at all: in a container even root may not. */
const mayMount = ((): boolean => {
  const machines = new Machines()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'pfs-test', machines.out], { stdio: 'ignore' })
    execFileSync('umount', [machines.out], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    void machines.remove()
  }
})()

const tmpfs = (path: string, options: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'pfs-test', path])
}

type Finish = (undo: () => Promise<void>) => void

/** Machines with a file system of their own at `directory`. */
function small(
  onTestFinished: Finish,
  sizeMib: number,
  directory = 'out',
): { machines: Machines; path: string } {
  const machines = new Machines()
  onTestFinished(() => machines.remove())
  const path = machines.at(directory)
  mkdirSync(path, { recursive: true })
  tmpfs(path, `size=${sizeMib}m`)
  machines.later(() => execFileSync('umount', ['-l', path]))
  return { machines, path }
}

const grow = (path: string, sizeMib: number): void => {
  execFileSync('mount', ['-o', `remount,size=${sizeMib}m`, path])
}

/** All that is left of the file system at `path`. */
function fill(path: string): string {
  const filler = join(path, '.filler')
  const fd = openSync(filler, 'w')
  try {
    for (const bytes of [MiB, 4096]) {
      const piece = Buffer.alloc(bytes)
      // a writer that is faster than we are leaves less and less
      for (let isFull = false; !isFull; ) {
        try {
          writeSync(fd, piece)
        } catch {
          isFull = true
        }
      }
    }
  } finally {
    closeSync(fd)
  }
  return filler
}

const describeIf = mayMount ? describe.concurrent : describe.skip

describeIf('a disk', () => {
  test('with too little room refuses the offer with 9, before anything is sent', async ({
    onTestFinished,
  }) => {
    const { machines, path } = small(onTestFinished, 4)
    const port = await freePort()
    const relay = await Relay.open(port)
    machines.later(() => relay.close())
    const file = machines.file('f', 8 * MiB)
    const receiver = await machines.recv(port, ['--yes', '--json'])
    const ended = await machines.send(file, relay.port).finished
    expectSaid(ended, 'PFS_DISK_FULL', /8388608 bytes are needed/, /room .*same command again/)
    expectFault(await receiver.finished, 'PFS_DISK_FULL', /are free/, /same command again/)
    expect(readdirSync(path)).toEqual([])
    expect(relay.carriedBytes).toBeLessThan(16_384)
    grow(path, 32)
    await machines.transfer(file, port)
    expectSame(join(path, 'f'), file)
  })

  for (const what of ['a file', 'a tree'] as const)
    test(`that fills up in the middle of ${what} ends both with 9; with room again they go on`, async ({
      onTestFinished,
    }) => {
      const { machines, path } = small(onTestFinished, 16)
      const port = await freePort()
      const relay = await Relay.open(port)
      machines.later(() => relay.close())
      const names = what === 'a file' ? ['f'] : Array.from({ length: 150 }, (_, i) => `src/f${i}`)
      if (what === 'a tree') mkdirSync(machines.at('src'))
      for (const [i, name] of names.entries())
        machines.file(name, what === 'a file' ? 12 * MiB : i % 3 === 0 ? 200_000 : 20_000)
      const source = machines.at(what === 'a file' ? 'f' : 'src')
      const receiver = await machines.recv(port)
      const isCut = relay.cutAfter(3 * MiB)
      const sender = machines.send(source, relay.port, ['--json'])
      await isCut
      const filler = fill(path)
      relay.mend()
      expectFault(await sender.finished, 'PFS_DISK_FULL', /not enough room/, /same command again/)
      expectSaid(await receiver.finished, 'PFS_DISK_FULL', /not enough room/, /same command again/)
      expect(machines.arrived()).toEqual([])
      rmSync(filler)
      const again = await machines.recv(port)
      const sent = await machines.send(source, relay.port, ['--json']).finished
      expect(sent.status, sent.stderr).toBe(0)
      expect((await again.finished).status).toBe(0)
      for (const name of names) expectSame(join(path, name), machines.at(name))
      expect(JSON.parse(sent.stdout).reused_bytes).toBeGreaterThan(what === 'a file' ? 0 : MiB)
    })

  test('that is read-only ends pfs recv with 9 before it listens', async ({ onTestFinished }) => {
    const { machines, path } = small(onTestFinished, 4)
    execFileSync('mount', ['-o', 'remount,ro', path])
    const ended = await pfs(['recv', '-p', String(await freePort()), '-o', path], machines.options('there'))
    expectSaid(ended, 'PFS_WRITE', /may not be written to/, /-o DIR/)
  })

  test('that turns read-only in the middle ends both with 9', async ({ onTestFinished }) => {
    const { machines, path } = small(onTestFinished, 16)
    const port = await freePort()
    const file = machines.file('f', 1 * MiB)
    const receiver = await machines.recv(port, ['--yes', '--json'])
    execFileSync('mount', ['-o', 'remount,ro', path])
    expectSaid(await machines.send(file, port).finished, 'PFS_WRITE', /could not be written/, /\w/)
    expectFault(await receiver.finished, 'PFS_WRITE', /EROFS/, /-o DIR/)
    expect(readdirSync(path)).toEqual([])
  })

  test('that is full where the pool lies costs the learning and not the file', async ({ onTestFinished }) => {
    const { machines, path } = small(onTestFinished, 12, 'there/data')
    const port = await freePort()
    expect((await pfs(['pool', 'init'], machines.options('there'))).status).toBe(0)
    fill(path)
    const file = machines.file('f', 4 * MiB)
    const receiver = await machines.recv(port, ['--yes'])
    expect((await machines.send(file, port).finished).status).toBe(0)
    const received = await receiver.finished
    expect(received.status, received.stderr).toBe(0)
    expect(received.stderr).toContain('the pool has no room')
    expectSame(machines.at('out/f'), file)
  })
})
