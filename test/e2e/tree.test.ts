// Trees across loopback, by two real processes: every kind of entry arrives as it was, by an independent walker; what is
// known does not travel again; names that are taken, files that change, and kills on the way.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { files } from '../../src/host/files.ts'
import { Machines } from '../support/faults.ts'
import type { Finished } from '../support/pfs.ts'
import { addOddities, makeTree } from '../support/tree_maker.ts'
import { differences, lookAtTree } from '../support/tree_walker.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(() => machines.remove())

const isNative = files().kind === 'native'
const options = { timesIn: isNative ? 'nanos' : 'micros', hasBlocks: isNative } as const

function expectSameTree(a: string, b: string): void {
  expect(differences(lookAtTree(a, options), lookAtTree(b, options))).toEqual([])
}

/** 300 files and one of everything else. */
function tree(name: string): string {
  const root = machines.at(name)
  makeTree(root, { seed: 1, fileCount: 300, fileBytesMax: 16 * KiB })
  addOddities(root)
  return root
}

describe('a tree', () => {
  test('arrives as it was, and is sent once', async () => {
    const root = tree('src')
    const target = join(machines.out, 'src')
    const first = await machines.transfer(root, port)
    expectSameTree(root, target)
    expect(first.wire_bytes).toBeGreaterThan(2 * MiB)
    expect(readdirSync(machines.out)).toEqual(['src'])

    const again = await machines.transfer(root, port)
    expect(again).toMatchObject({ unchanged: true })
    expect(again.wire_bytes).toBeLessThan(4 * KiB)

    rmSync(target, { recursive: true })
    const restored = await machines.transfer(root, port)
    expectSameTree(root, target)
    expect(restored.wire_bytes).toBeLessThan(4 * KiB)

    const changed = join(root, 'd0', 'file-0.txt')
    appendFileSync(changed, 'more')
    renameSync(join(root, 'd1'), join(root, 'renamed'))
    rmSync(join(target, 'd1'), { recursive: true }) // nothing is ever deleted at the receiver
    const third = await machines.transfer(root, port, ['--yes', '--on-conflict', 'overwrite'])
    expect(third.wire_bytes).toBeLessThan(64 * KiB)
    expectSameTree(root, target)
  })

  test('of one path that is no file, or of several', async () => {
    const root = tree('a')
    writeFileSync(machines.at('b'), 'a file')
    const empty = machines.at('c')
    mkdirSync(empty)
    const receiver = await machines.recv(port)
    const sender = machines.start(['send', root, machines.at('b'), empty, `127.0.0.1:${port}`], 'here')
    expect((await sender.finished).status, sender.stderr).toBe(0)
    const received = await receiver.finished
    expect(received.status).toBe(0)
    for (const said of [received.stderr, sender.stderr]) expect(said).not.toContain('Warning')
    expectSameTree(root, join(machines.out, 'a'))
    expect(readFileSync(join(machines.out, 'b'), 'utf8')).toBe('a file')
    expect(readdirSync(join(machines.out, 'c'))).toEqual([])
  })

  test('goes on after a kill with what had come, and leaves nothing beside it', async () => {
    const root = machines.at('src')
    makeTree(root, { seed: 3, fileCount: 600, fileBytesMax: 64 * KiB })
    const receiver = await machines.recv(port, ['--yes'])
    const sender = machines.send(root, port)
    const staged = (): string | undefined =>
      readdirSync(machines.out).find(name => name.endsWith('.pfs-part'))
    const begun = (): boolean => {
      const part = staged()
      return part !== undefined && existsSync(join(machines.out, part, 'src', 'd5'))
    }
    while (!begun()) await new Promise(resolve => setTimeout(resolve, 2))
    await receiver.kill()
    await sender.kill()
    expect(existsSync(join(machines.out, 'src'))).toBe(false)
    const summary = await machines.transfer(root, port)
    expectSameTree(root, join(machines.out, 'src'))
    expect(readdirSync(machines.out)).toEqual(['src'])
    expect(summary.wire_bytes).toBeLessThan(19 * MiB)
  })
})

/** To whatever end both come. */
async function attempt(
  root: string,
  words: readonly string[],
): Promise<{ sender: Finished; receiver: Finished }> {
  const receiver = await machines.recv(port, words)
  const sender = await machines.send(root, port).finished
  return { sender, receiver: await receiver.finished }
}

describe('names that are taken', () => {
  function older(path: string, text: string): void {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    utimesSync(path, 9e8, 9e8)
  }

  test('are refused before anything is sent, or dealt with as the owner wants', async () => {
    const root = machines.at('src')
    older(join(root, 'a'), 'theirs')
    older(join(root, 'b'), 'new')
    utimesSync(join(root, 'a'), 1e9, 1e9)
    const at = (name: string): string => join(machines.out, 'src', name)
    older(at('a'), 'mine, longer')
    const refused = await attempt(root, ['--yes'])
    expect([refused.sender.status, refused.receiver.status]).toEqual([10, 10])
    expect(refused.sender.stderr).toContain('src/a exists here and is different')
    expect(readFileSync(at('a'), 'utf8')).toBe('mine, longer')
    expect(existsSync(at('b'))).toBe(false)

    await machines.transfer(root, port, ['--yes', '--on-conflict', 'skip'])
    expect(readFileSync(at('a'), 'utf8')).toBe('mine, longer')
    expect(readFileSync(at('b'), 'utf8')).toBe('new')

    await machines.transfer(root, port, ['--yes', '--on-conflict', 'rename'])
    expect(readFileSync(at('a'), 'utf8')).toBe('mine, longer')
    expect(readFileSync(at('a (1)'), 'utf8')).toBe('theirs')
    rmSync(at('a (1)'))

    await machines.transfer(root, port, ['--yes', '--on-conflict', 'newer'])
    expect(readFileSync(at('a'), 'utf8')).toBe('theirs')
    older(at('a'), 'mine again')
    utimesSync(at('a'), 1.1e9, 1.1e9)
    await machines.transfer(root, port, ['--yes', '--on-conflict', 'newer'])
    expect(readFileSync(at('a'), 'utf8')).toBe('mine again')
    await machines.transfer(root, port, ['--yes', '--on-conflict', 'overwrite'])
    expectSameTree(root, join(machines.out, 'src'))
  })

  test('by a directory where a file belongs fail alone: the rest arrives, and both sides say so', async () => {
    const root = machines.at('src')
    older(join(root, 'a'), 'a file')
    older(join(root, 'b'), 'another')
    mkdirSync(join(machines.out, 'src', 'a'), { recursive: true })
    const { sender, receiver } = await attempt(root, ['--yes', '--on-conflict', 'overwrite'])
    expect([sender.status, receiver.status]).toEqual([3, 3])
    expect(sender.stderr).toContain('src/a')
    expect(receiver.stderr).toContain('src/a')
    expect(readFileSync(join(machines.out, 'src', 'b'), 'utf8')).toBe('another')
  })
})
