// Trees on their way while something goes wrong: files that change or go while they are read, kills of either side at any
// moment, a target that is taken away. Nothing torn is ever at its place, and what arrived once does not travel again.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { expectFault, Machines, type SentSummary } from '../support/faults.ts'
import { Relay } from '../support/relay.ts'
import { randomNumbers } from '../support/tree_maker.ts'
import { differences, lookAtTree } from '../support/tree_walker.ts'

const fileBytes = 256 * KiB

interface World {
  readonly machines: Machines
  readonly root: string
  readonly port: number
  readonly relay: Relay
}

type Finish = (undo: () => Promise<void>) => void

/** A tree of 80 files, 20 MiB that nothing compresses, and a path that can be cut. */
async function world(onTestFinished: Finish, fileCount = 80): Promise<World> {
  const machines = new Machines()
  onTestFinished(() => machines.remove())
  const port = await freePort()
  const relay = await Relay.open(port)
  machines.later(() => relay.close())
  const root = machines.at('src')
  for (let i = 0; i < fileCount; i++) {
    mkdirSync(join(root, `d${i % 8}`), { recursive: true })
    put(join(root, `d${i % 8}`, `f${i}`), i)
  }
  return { machines, root, port, relay }
}

function put(path: string, seed: number, seconds = 1e9): void {
  writeFileSync(path, randomBytes(fileBytes, seed))
  utimesSync(path, seconds, seconds)
}

const expectArrived = ({ machines, root }: World): void => {
  const exact = { timesIn: 'micros' } as const
  expect(differences(lookAtTree(root, exact), lookAtTree(join(machines.out, 'src'), exact))).toEqual([])
}

/** The path is cut when so much has gone, `change` is done, and both go on to their ends. */
async function interrupted({ machines, root, port, relay }: World, bytes: number, change: () => void) {
  const receiver = await machines.recv(port)
  const isCut = relay.cutAfter(bytes)
  const sender = machines.send(root, relay.port, ['--json'])
  await isCut
  change()
  relay.mend()
  return { sender: await sender.finished, receiver: await receiver.finished }
}

describe('files of a tree that', () => {
  test('change while they are sent are sent again as they are then, alone', async ({ onTestFinished }) => {
    const w = await world(onTestFinished)
    const ended = await interrupted(w, 3 * MiB, () => {
      put(join(w.root, 'd7/f79'), 1007, 1e9 + 5)
      appendFileSync(join(w.root, 'd6/f14'), 'more')
      put(join(w.root, 'd0/f0'), 1000, 1e9 + 5) // this one has gone already
    })
    expect([ended.sender.status, ended.receiver.status], ended.sender.stderr).toEqual([0, 0])
    expectArrived(w)
    const { wire_bytes } = JSON.parse(ended.sender.stdout) as SentSummary
    // those two again, one of a window that was under way, and what packets take
    expect(wire_bytes).toBeLessThan(1.03 * 80 * fileBytes + 4 * fileBytes + 2 * MiB)
  })

  test('go while they are sent are named, and the rest arrives', async ({ onTestFinished }) => {
    const w = await world(onTestFinished)
    const ended = await interrupted(w, 3 * MiB, () => rmSync(join(w.root, 'd7/f7')))
    expect([ended.sender.status, ended.receiver.status], ended.sender.stderr).toEqual([3, 0])
    expect(ended.sender.stderr).toContain('src/d7/f7')
    expectArrived(w)
  })
})

const poll = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 2))

/** Paths of files below, hidden directories left out. */
function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => !path.startsWith('.') && statSync(join(root, path)).isFile())
    .sort()
}

describe('a kill', () => {
  test.each([1, 2, 3, 4])('of either side at any moment costs what was under way (seed %i)', async seed => {
    const after: (() => Promise<void>)[] = []
    try {
      const w = await world(undo => after.push(undo))
      const { machines, root, port, relay } = w
      const random = randomNumbers(seed * 7919)
      const total = 80 * fileBytes
      const kills = 3
      let receiver = await machines.recv(port)
      for (let kill = 0; kill < kills; kill++) {
        const until = relay.carriedBytes + (0.05 + 0.2 * random()) * total
        const sender = machines.send(root, relay.port)
        while (relay.carriedBytes < until) await poll()
        const isReceiver = random() < 0.5
        if (isReceiver) await receiver.kill()
        await sender.kill()
        expect(machines.arrived()).toEqual([])
        if (isReceiver) receiver = await machines.recv(port)
      }
      const sender = await machines.send(root, relay.port, ['--json']).finished
      expect(sender.status, sender.stderr).toBe(0)
      const received = await receiver.finished
      expect(received.status, received.stderr).toBe(0)
      expectArrived(w)
      expect(readdirSync(machines.out)).toEqual(['src'])
      expect(relay.carriedBytes).toBeLessThan(1.05 * total + kills * 4 * MiB)
      expect((JSON.parse(sender.stdout) as SentSummary).reused_bytes).toBeGreaterThan(0)
    } finally {
      for (const undo of after) await undo()
    }
  })

  test('while names are put in place leaves each as it was or as it is to be', async ({ onTestFinished }) => {
    const { machines, root, port } = await world(onTestFinished, 0)
    for (let i = 0; i < 2_500; i++) {
      const directory = join(root, `d${i % 10}`)
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, `f${i}`), randomBytes(700, i))
      utimesSync(join(directory, `f${i}`), 1e9, 1e9)
    }
    // something is there already: everything is put in place name by name
    const there = (name: string): string => join(machines.out, 'src', name)
    mkdirSync(there('d0'), { recursive: true })
    writeFileSync(there('ours'), 'ours')
    writeFileSync(there('d0/f0'), 'older')
    utimesSync(there('d0/f0'), 1, 1)
    const receiver = await machines.recv(port, ['--yes', '--on-conflict', 'newer'])
    const sender = machines.send(root, port)
    while (!existsSync(there('d2'))) await poll()
    await receiver.kill()
    await sender.kill()
    const arrived = filesBelow(join(machines.out, 'src')).filter(path => path !== 'ours')
    expect(arrived.length, 'killed in the middle of it').toBeLessThan(2_500)
    for (const path of arrived)
      expect(readFileSync(there(path)).equals(readFileSync(join(root, path))), path).toBe(true)
    const again = await machines.transfer(root, port, ['--yes', '--on-conflict', 'newer'])
    expect(again.wire_bytes).toBeLessThan(512 * KiB)
    expect(readFileSync(there('ours'), 'utf8')).toBe('ours')
    rmSync(there('ours'))
    expect(filesBelow(join(machines.out, 'src'))).toEqual(filesBelow(root))
    for (const path of filesBelow(root))
      expect(readFileSync(there(path)).equals(readFileSync(join(root, path))), path).toBe(true)
    expect(readdirSync(machines.out)).toEqual(['src'])
  })

  test('after which somebody takes away what had come costs all of it, and nothing else', async ({
    onTestFinished,
  }) => {
    const w = await world(onTestFinished)
    const { machines, root, port, relay } = w
    const receiver = await machines.recv(port)
    const sender = machines.send(root, relay.port)
    while (relay.carriedBytes < 5 * MiB) await poll()
    await receiver.kill()
    await sender.kill()
    for (const name of readdirSync(machines.out)) rmSync(join(machines.out, name), { recursive: true })
    await machines.transfer(root, port)
    expectArrived(w)
  })
})

describe('at the target', () => {
  test('what is taken away while it is built ends both, and the same command again goes on', async ({
    onTestFinished,
  }) => {
    const w = await world(onTestFinished)
    const { machines, root, port } = w
    const ended = await interrupted(w, 5 * MiB, () => {
      for (const name of readdirSync(machines.out)) rmSync(join(machines.out, name), { recursive: true })
    })
    expect(ended.sender.status).not.toBe(0)
    expectFault(ended.sender, 'PFS_WRITE', /could not be written/, /\w/)
    expect(machines.arrived()).toEqual([])
    await machines.transfer(root, port)
    expectArrived(w)
    expect(readdirSync(machines.out)).toEqual(['src'])
  })

  test('a file that may not be replaced fails alone, and both sides say so', async ({
    onTestFinished,
    skip,
  }) => {
    const { machines, root, port } = await world(onTestFinished, 8)
    const there = join(machines.out, 'src/d3/f3')
    mkdirSync(join(there, '..'), { recursive: true })
    writeFileSync(there, 'mine')
    try {
      // nothing can be renamed over a place where something is mounted
      execFileSync('mount', ['--bind', there, there], { stdio: 'ignore' })
    } catch {
      skip('this user may not mount')
    }
    machines.later(() => execFileSync('umount', [there]))
    const receiver = await machines.recv(port, ['--yes', '--on-conflict', 'overwrite'])
    const sender = await machines.send(root, port).finished
    expect([sender.status, (await receiver.finished).status]).toEqual([3, 3])
    expect(sender.stderr).toContain('src/d3/f3')
    expect(receiver.stderr).toContain('src/d3/f3')
    expect(readFileSync(there, 'utf8')).toBe('mine')
    expect(filesBelow(join(machines.out, 'src'))).toEqual(filesBelow(root))
  })
})
