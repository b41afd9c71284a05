// Two that meet and do not fit: another key than the pinned one, another seed, a stranger, a target that is taken or
// gone. Nothing is sent, the target stays as it was, and the way on that each is told works. Real processes.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { expectFault, expectNothing, expectSaid, expectSame, Machines } from '../support/faults.ts'
import { pfs } from '../support/pfs.ts'

let machines: Machines
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

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
    await machines.fails(
      ['send', file, `127.0.0.1:${port}`],
      'PFS_KEY_CHANGED',
      says,
      /pfs peers rm 127\.0\.0\.1/,
    )
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
    const fault = expectFault(await receiver.finished, 'PFS_EXISTS', /f exists/, /--on-conflict overwrite/)
    expect(fault.path).toBe(machines.at('out/f'))
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
    expectSaid(await machines.send(file, port).finished, 'PFS_WRITE', /could not be written/, /\w/)
    mkdirSync(machines.out)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
    await receiver.kill()
  })
})
