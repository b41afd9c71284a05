// What can go wrong before a byte of the file has moved: nobody there, somebody else there, another version, another
// seed, a target that cannot be. Real processes; every fault by its exit status, its code and its two sentences.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PfsCode } from '../../src/base/errors.ts'
import { expectFault, expectNothing, expectSaid, expectSame, freePort, Machines } from '../support/faults.ts'
import { type Finished, pfs } from '../support/pfs.ts'

let machines: Machines
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

/** The command fails in the same way for machines and for people. */
async function fails(words: readonly string[], code: PfsCode, says: RegExp, next: RegExp): Promise<void> {
  const started = performance.now()
  const runs = [[...words, '--json'], words].map(all => pfs(all, machines.options('here')))
  const [first, second] = (await Promise.all(runs)) as [Finished, Finished]
  expectFault(first, code, says, next)
  expectSaid(second, code, says, next)
  expect(performance.now() - started, 'no long wait').toBeLessThan(15_000)
}

/** A socket on loopback that answers as told. */
async function socketThat(answers: (datagram: Buffer) => Buffer | undefined): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (datagram, { port, address }) => {
    const answer = answers(datagram)
    if (answer) socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  machines.later(() => socket.close())
  return socket.address().port
}

describe('pfs send', () => {
  test('where nobody listens ends with 6, and says so soon', async () => {
    const port = await freePort()
    await fails(
      ['send', machines.file('f', 1000), `127.0.0.1:${port}`],
      'PFS_UNREACHABLE',
      new RegExp(`127\\.0\\.0\\.1:${port}`),
      /pfs recv runs there/,
    )
  })

  test('into a black hole ends with 6 after --connect-timeout', async () => {
    const port = await socketThat(() => undefined)
    const words = ['send', machines.file('f', 1000), `127.0.0.1:${port}`, '--connect-timeout', '1.5']
    await fails(words, 'PFS_UNREACHABLE', /no peer answers/, /firewall/)
  })

  test('to an unknown name ends with 4', async () => {
    const words = ['send', machines.file('f', 1000), 'no-such-host.invalid']
    await fails(words, 'PFS_NOT_FOUND', /no-such-host\.invalid/, /spelling|try again/)
  })

  test('to a peer of another version ends with 16 (§4-5, §4-6)', async () => {
    const version2 = (init: Buffer): Buffer =>
      Buffer.concat([Buffer.of(0x04), init.subarray(5, 13), Buffer.of(1, 0, 0, 0, 2)])
    const port = await socketThat(version2)
    const words = ['send', machines.file('f', 1000), `127.0.0.1:${port}`]
    await fails(words, 'PFS_VERSION', /no version or cipher/, /same version of pfs/)
  })

  test('of what is not there ends with 4 before anybody is called', async () => {
    await fails(['send', 'nowhere', '127.0.0.1:9'], 'PFS_NOT_FOUND', /nowhere/, /spelling/)
  })

  test('of a directory ends with 4 and says what to do instead', async () => {
    await fails(['send', machines.out, '127.0.0.1:9'], 'PFS_READ', /not a regular file/, /tar/)
  })

  test('with a stall time-out the protocol has no room for is a slip, not a bug of ours', async () => {
    for (const seconds of ['0.5', '601']) {
      const words = ['send', machines.file('f', 10), '127.0.0.1:9', '--stall-timeout', seconds]
      await fails(words, 'PFS_USAGE', /--stall-timeout/, /pfs/)
    }
  })
})

describe('pfs recv', () => {
  test('on a port in use ends with 2 and says how to take another', async () => {
    const port = await freePort()
    await machines.recv(port)
    const words = ['recv', '-p', String(port), '-o', machines.out]
    await fails(words, 'PFS_PORT', /in use/, /-p PORT/)
  })

  test('into a directory that is not there ends with 9 before it listens', async () => {
    const words = ['recv', '-p', String(await freePort()), '-o', machines.at('missing')]
    await fails(words, 'PFS_WRITE', /no such directory/, /-o DIR/)
  })

  test('into a file ends with 9', async () => {
    const words = ['recv', '-p', String(await freePort()), '-o', machines.file('f', 10)]
    await fails(words, 'PFS_WRITE', /not a directory/, /-o DIR/)
  })
})

describe('the two do not fit', () => {
  test('a changed key ends with 5, nothing is sent, and the way on that it names works', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    const first = await machines.recv(port)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await first.finished).status).toBe(0)
    rmSync(machines.at('out/f'))
    rmSync(machines.at('there/config'), { recursive: true })
    const other = await machines.recv(port)
    const says = new RegExp(`127\\.0\\.0\\.1:${port}`)
    await fails(['send', file, `127.0.0.1:${port}`], 'PFS_KEY_CHANGED', says, /pfs peers rm 127\.0\.0\.1/)
    expectNothing(machines)
    expect(other.stderr).not.toMatch(/receiving/)
    expect((await pfs(['peers', 'rm', '127.0.0.1'], machines.options('here'))).status).toBe(0)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await other.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
  })

  test('another seed ends with 11 on both sides, and the target stays as it was', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    expect((await pfs(['pool', 'init', '--private'], machines.options('there'))).status).toBe(0)
    const receiver = await machines.recv(port, ['--yes', '--json'])
    const ended = await machines.send(file, port).finished
    expectSaid(ended, 'PFS_WRONG_SEED', /seed/, /pfs pool init --seed-file/)
    expectFault(await receiver.finished, 'PFS_WRONG_SEED', /seed/, /--seed-file/)
    expectNothing(machines)
    // the way on: the same seed here
    rmSync(machines.at('here/data'), { recursive: true })
    const seed = machines.at('there/data/pool/seed')
    expect((await pfs(['pool', 'init', '--seed-file', seed], machines.options('here'))).status).toBe(0)
    const again = await machines.recv(port)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await again.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
  })

  test('a stranger is refused with 5 where nobody can be asked, and told how to be let in', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    const receiver = await machines.recv(port, [])
    expectFault(await machines.send(file, port, ['--json']).finished, 'PFS_REFUSED', /refused/, /--allow/)
    expectSaid(await machines.send(file, port).finished, 'PFS_REFUSED', /refused/, /--allow/)
    expectNothing(machines)
    const [command, peer] = /pfs recv --allow ([a-z2-7]{52})/.exec(receiver.stderr) ?? []
    expect(command, receiver.stderr).toBeDefined()
    await receiver.kill()
    const again = await machines.recv(port, ['--allow', peer ?? ''])
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await again.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
  })

  test('a different file of that name ends with 10 on both sides and stays', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    writeFileSync(machines.at('out/f'), 'something else')
    const receiver = await machines.recv(port, ['--yes', '--json'])
    expectSaid(await machines.send(file, port).finished, 'PFS_EXISTS', /f exists/, /--on-conflict overwrite/)
    expectFault(await receiver.finished, 'PFS_EXISTS', /f exists/, /--on-conflict overwrite/)
    expect(readFileSync(machines.at('out/f'), 'utf8')).toBe('something else')
    expect(readdirSync(machines.out)).toEqual(['f'])
    const again = await machines.recv(port, ['--yes', '--on-conflict', 'overwrite'])
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await again.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
  })

  test('a directory of that name ends with 10, even where files may be overwritten', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    mkdirSync(machines.at('out/f'))
    const receiver = await machines.recv(port, ['--yes', '--json', '--on-conflict', 'overwrite'])
    expectSaid(await machines.send(file, port).finished, 'PFS_EXISTS', /directory/, /-o DIR/)
    expectFault(await receiver.finished, 'PFS_EXISTS', /directory/, /-o DIR/)
    expect(readdirSync(machines.at('out/f'))).toEqual([])
  })

  test('a target directory that goes away while it waits ends with 9, and the transfer goes on once it is back', async () => {
    const port = await freePort()
    const file = machines.file('f', 50_000)
    const receiver = await machines.recv(port, ['--yes', '--keep', '--json'])
    rmSync(machines.out, { recursive: true })
    expectSaid(await machines.send(file, port).finished, 'PFS_WRITE', /out/, /-o DIR/)
    mkdirSync(machines.out)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
    await receiver.kill()
  })
})
