// Files across loopback, by two real processes: what arrives, how little travels the second time, who is let in, and
// what is left to send after a kill. Faults of the world are in the files beside.

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectFault, expectSame, Machines, type SentSummary } from '../support/faults.ts'
import { pfs } from '../support/pfs.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(() => machines.remove())

/** A file written long ago: the stat cache believes what it knows of it. */
function oldFile(name: string, bytes: number): string {
  const path = machines.file(name, bytes)
  utimesSync(path, 1e9, 1e9)
  return path
}

/** The machine's own words, as JSON. */
async function run(home: string, ...words: string[]) {
  const ended = await pfs([...words, '--json'], machines.options(home))
  expect(ended.status, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

/** Until so many bytes of the object lie at the receiver. */
async function arrivedBytes(bytes: number): Promise<void> {
  for (;;) {
    const part = readdirSync(machines.out).find(name => name.endsWith('.pfs-part'))
    if (part && statSync(join(machines.out, part)).blocks * 512 >= bytes) return
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

describe('a file', () => {
  test('arrives identical, is not sent a second time, and a new version is sent by its changes', async () => {
    const path = oldFile('f', 8 * MiB)
    const target = join(machines.out, 'f')
    const first = await machines.transfer(path, port)
    expectSame(target, path)
    expect(first.wire_bytes).toBeGreaterThan(8 * MiB)
    expect(first.wire_bytes).toBeLessThan(8.8 * MiB)

    const again = await machines.transfer(path, port)
    expect(again.wire_bytes).toBeLessThan(2048)

    rmSync(target)
    const restored = await machines.transfer(path, port)
    expectSame(target, path)
    expect(restored).toMatchObject({ size_bytes: 8 * MiB, reused_bytes: 8 * MiB })
    expect(restored.wire_bytes).toBeLessThan(2048)

    const bytes = readFileSync(path)
    bytes.fill(7, 3 * MiB, 3 * MiB + 1000)
    writeFileSync(path, bytes)
    const changed = await machines.transfer(path, port, ['--yes', '--on-conflict', 'overwrite'])
    expectSame(target, path)
    expect(changed.wire_bytes).toBeLessThan(MiB)
  })

  test('that is a version of another, in another folder or by another number, is sent by its changes', async () => {
    const path = oldFile('model-1.bin', 8 * MiB)
    await machines.transfer(path, port)
    const bytes = readFileSync(path)
    const folder = join(dirname(path), 'next')
    mkdirSync(folder)
    for (const [i, name] of ['model-2.bin', 'next/model-2.bin'].entries()) {
      bytes.fill(7 + i, (3 + i) * MiB, (3 + i) * MiB + 1000)
      const version = oldFile(name, 1)
      writeFileSync(version, bytes)
      const sent = await machines.transfer(version, port, ['--yes', '--on-conflict', 'overwrite'])
      expectSame(join(machines.out, 'model-2.bin'), version)
      expect(sent.wire_bytes, name).toBeLessThan(MiB)
    }
  })

  test('that is different and has the name ends both sides with 10, and stays', async () => {
    const path = oldFile('f', 10_000)
    writeFileSync(join(machines.out, 'f'), 'mine')
    const receiver = await machines.recv(port, ['--yes', '--json'])
    const sent = await machines.send(path, port, ['--json']).finished
    expectFault(sent, 'PFS_EXISTS', /f exists here and is different/, /./)
    expectFault(await receiver.finished, 'PFS_EXISTS', /f exists here and is different/, /./)
    expect(readFileSync(join(machines.out, 'f'), 'utf8')).toBe('mine')
    await machines.transfer(path, port, ['--yes', '--on-conflict', 'overwrite'])
    expectSame(join(machines.out, 'f'), path)
  })

  test('of no bytes, of one, with a strange name, keeps mode and time', async () => {
    const receiver = await machines.recv(port, ['--yes', '--keep'])
    for (const [name, bytes, mode, seconds] of [
      ['empty', 0, 0o644, 1e9],
      ['one', 1, 0o600, 1.2e9],
      ['ein Name mit Leerzeichen, ünïcødé & 日本 🎈.txt', 70_000, 0o755, 1_300_000_000.5],
      ['-dash', 10, 0o444, 0],
    ] as const) {
      const path = machines.file(name, bytes)
      chmodSync(path, mode)
      utimesSync(path, seconds, seconds)
      const sent = await machines.send(`./${name}`, port).finished
      expect(sent.status, sent.stderr).toBe(0)
      const target = join(machines.out, name)
      expectSame(target, path)
      const stats = statSync(target)
      expect({ mode: stats.mode & 0o777, mtimeMs: stats.mtimeMs }).toEqual({ mode, mtimeMs: seconds * 1000 })
    }
    receiver.signal('SIGINT')
    await receiver.finished
    expect(readdirSync(machines.out).length).toBe(4)
  })
})

describe('the cipher', () => {
  test('is pinned by either side, and both name it (§6.3-1)', async () => {
    const receiver = await machines.recv(port, ['--yes', '--suite', 'chacha20-poly1305', '--json'])
    const sent = await machines.send(machines.file('f', 100_000), port, ['--json']).finished
    expect(JSON.parse(sent.stdout)).toMatchObject({ suite: 'ChaCha20-Poly1305' })
    expect(JSON.parse((await receiver.finished).stdout)).toMatchObject({ suite: 'ChaCha20-Poly1305' })
  })

  test('that the other side does not do ends with 16, and says what to leave out (§4-5)', async () => {
    await machines.recv(port, ['--yes', '--suite', 'aes-256-gcm'])
    const words = ['send', machines.file('f', 1000), `127.0.0.1:${port}`, '--suite', 'chacha20-poly1305']
    await machines.fails(words, 'PFS_VERSION', /none of the ciphers offered/, /--suite/)
  })

  test('that this machine does not do ends with 16 before anybody is called', async () => {
    const words = ['send', machines.file('f', 1000), '127.0.0.1:9', '--suite', 'aegis-128l', '--json']
    const ended = await pfs(words, {
      ...machines.options('here'),
      environment: { PFS_NATIVE: 'off' },
    })
    expectFault(ended, 'PFS_VERSION', /this machine does not do AEGIS-128L/, /AES instructions/)
  })
})

test('three senders at once are all served by one that keeps on', async () => {
  const receiver = await machines.recv(port, ['--yes', '--keep'])
  const paths = ['a', 'b', 'c'].map(name => machines.file(name, 3 * MiB))
  const all = await Promise.all(paths.map((path, i) => machines.send(path, port, [], `here${i}`).finished))
  for (const { status, stderr } of all) expect(status, stderr).toBe(0)
  for (const path of paths) expectSame(join(machines.out, path.slice(-1)), path)
  receiver.signal('SIGINT')
  await receiver.finished
})

describe('a peer', () => {
  test('nobody knows is refused without --yes, and let in by --allow', async () => {
    const path = machines.file('f', 1000)
    const receiver = await machines.recv(port, ['--keep'])
    const refused = await machines.send(path, port, ['--json']).finished
    expectFault(refused, 'PFS_REFUSED', /does not know you/, /./)
    expect(machines.arrived()).toEqual([])
    receiver.signal('SIGINT')
    await receiver.finished
    const { peer_id } = await run('here', 'version')
    await machines.transfer(path, port, ['--allow', peer_id])
    expectSame(join(machines.out, 'f'), path)
  })

  test('that shows another key than the pinned one is refused before it hears the name of the file', async () => {
    const path = machines.file('f', 1000)
    await machines.transfer(path, port)
    const impostor = await machines.recv(port, ['--yes', '--keep'], 'impostor')
    const sent = await machines.send(path, port, ['--json']).finished
    expectFault(sent, 'PFS_KEY_CHANGED', new RegExp(`${port}`), /pfs peers rm/)
    impostor.signal('SIGINT')
    const { stdout, stderr } = await impostor.finished
    expect(stdout + stderr).not.toMatch(/\bf\b.*B/)
  })
})

describe('after kill -9', () => {
  const size = 48 * MiB

  test('of the sender, the same command goes on where it was, to a receiver that waits for one file', async () => {
    const path = machines.file('f', size)
    const receiver = await machines.recv(port)
    const killed = machines.send(path, port)
    await arrivedBytes(8 * MiB)
    await killed.kill()
    const sent = await machines.send(path, port, ['--json']).finished
    expect(sent.status, sent.stderr).toBe(0)
    const ended = await receiver.finished
    expect(ended.status, ended.stderr).toBe(0)
    expectSame(join(machines.out, 'f'), path)
    const { wire_bytes } = JSON.parse(sent.stdout) as SentSummary
    expect(wire_bytes).toBeLessThan(size - 4 * MiB)
    expect(readdirSync(machines.out)).toEqual(['f'])
  })

  test('of the receiver, the sender ends with 7, and both commands again go on where they were', async () => {
    const path = machines.file('f', size)
    const receiver = await machines.recv(port)
    const sender = machines.send(path, port, ['--json', '--stall-timeout', '1'])
    await arrivedBytes(8 * MiB)
    await receiver.kill()
    expectFault(await sender.finished, 'PFS_STALLED', /stopped answering/, /same command/)
    const { wire_bytes } = await machines.transfer(path, port)
    expectSame(join(machines.out, 'f'), path)
    expect(wire_bytes).toBeLessThan(size - 4 * MiB)
    expect(readdirSync(machines.out)).toEqual(['f'])
    const verified = await pfs(['pool', 'verify'], machines.options('there'))
    expect(verified.status, verified.stderr).toBe(0)
  })
})

test('two pools hold the same blobs after a sync, whichever had them', async () => {
  const directory = machines.at('seeds')
  mkdirSync(directory)
  for (const [home, names] of [
    ['here', ['a', 'b']],
    ['there', ['b', 'c']],
  ] as const) {
    const paths = names.map(name => join(directory, name))
    for (const [i, path] of paths.entries()) writeFileSync(path, Buffer.alloc(300_000, names[i]))
    await run(home, 'pool', 'import', ...paths)
  }
  const receiver = await machines.recv(port, ['--yes', '--keep'])
  const synced = await pfs(['pool', 'sync', `127.0.0.1:${port}`], machines.options('here'))
  expect(synced.status, synced.stderr).toBe(0)
  receiver.signal('SIGINT')
  await receiver.finished
  const [ours, theirs] = await Promise.all(['here', 'there'].map(home => run(home, 'pool', 'ls')))
  expect(ours.blobs?.length ?? ours.length).toBe(3)
  const ids = (list: typeof ours) =>
    (list.blobs ?? list).map((row: { blob_id: string }) => row.blob_id).sort()
  expect(ids(ours)).toEqual(ids(theirs))
})
