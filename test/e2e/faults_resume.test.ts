// What a broken transfer leaves behind, and what may become of it before the next attempt: the part file and its
// journal damaged, cut, gone, or claiming what is not so. They save bytes and never decide anything: the blob id does.
// And the small files pfs keeps: damaged, they are named with what to do.

import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { Writer } from '../../src/base/bytes.ts'
import { MiB } from '../../src/base/units.ts'
import { expectFault, expectNothing, expectSaid, expectSame, Machines } from '../support/faults.ts'
import { pfs } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'

const fileBytes = 8 * MiB

interface Remains {
  readonly part: string
  readonly journal: string
}

/** The one file in `directory` whose name ends so. */
function only(directory: string, ending: string): string {
  const names = readdirSync(directory).filter(name => name.endsWith(ending))
  expect(names).toHaveLength(1)
  return join(directory, names[0] ?? '')
}

function flip(path: string, positions: readonly number[]): void {
  const fd = openSync(path, 'r+')
  for (const at of positions) writeSync(fd, Buffer.alloc(10, 0x5a), 0, 10, at)
  closeSync(fd)
}

/** A record of a journal: all of the object is there. */
function everything(): Uint8Array {
  const writer = new Writer(new Uint8Array(16))
  writer.u64(0)
  writer.u64(fileBytes)
  return writer.written()
}

const damages: readonly (readonly [string, (remains: Remains) => void])[] = [
  ['a part file with flipped bytes', ({ part }) => flip(part, [5, 100_000, 1_000_000])],
  ['a part file cut short', ({ part }) => truncateSync(part, 1_000_000)],
  ['no part file', ({ part }) => rmSync(part)],
  ['no journal', ({ journal }) => rmSync(journal)],
  ['a journal of garbage', ({ journal }) => writeFileSync(journal, Buffer.alloc(5_000, 0xa5))],
  ['a journal cut in the middle of a record', ({ journal }) => truncateSync(journal, 300)],
  ['a journal that claims the whole file', ({ journal }) => appendFileSync(journal, everything())],
]

describe.concurrent('a transfer goes on from', () => {
  for (const [name, damage] of damages) {
    test(`${name}, to the very bytes that are sent`, async ({ onTestFinished }) => {
      const machines = new Machines()
      onTestFinished(() => machines.remove())
      const port = await freePort()
      const relay = await Relay.open(port)
      machines.later(() => relay.close())
      const file = machines.file('f', fileBytes)
      const receiver = await machines.recv(port)
      const isCut = relay.cutAfter(4 * MiB)
      const sender = machines.send(file, relay.port)
      await isCut
      await Promise.all([sender.kill(), receiver.kill()])
      relay.mend()
      expectNothing(machines)
      damage({
        part: only(machines.out, '.pfs-part'),
        journal: only(machines.at('there/state/jobs'), '.journal'),
      })
      await machines.transfer(file, port)
      expectSame(machines.at('out/f'), file)
    })
  }
})

describe.concurrent('what pfs keeps, when it is damaged, is named with what to do:', () => {
  test('its key', async ({ onTestFinished }) => {
    const machines = new Machines()
    onTestFinished(() => machines.remove())
    await pfs(['version', '--json'], machines.options('here'))
    writeFileSync(machines.at('here/config/identity.key'), 'garbage\n')
    const words = ['send', machines.file('f', 10), '127.0.0.1:9']
    expectFault(
      await pfs([...words, '--json'], machines.options('here')),
      'PFS_READ',
      /identity\.key does not hold a key/,
      /Move it away/,
    )
    expectSaid(await pfs(words, machines.options('here')), 'PFS_READ', /identity\.key/, /Move it away/)
  })

  test('the peers it knows', async ({ onTestFinished }) => {
    const machines = new Machines()
    onTestFinished(() => machines.remove())
    await pfs(['version', '--json'], machines.options('here'))
    writeFileSync(machines.at('here/config/peers.json'), '{"version": 1, "peers": [{}]}')
    const words = ['send', machines.file('f', 10), '127.0.0.1:9']
    expectSaid(
      await pfs(words, machines.options('here')),
      'PFS_READ',
      /peers\.json/,
      /Mend it or move it away/,
    )
  })

  test('the pool’s own description', async ({ onTestFinished }) => {
    const machines = new Machines()
    onTestFinished(() => machines.remove())
    await pfs(['pool', 'init'], machines.options('here'))
    writeFileSync(machines.at('here/data/pool/pool.json'), '{')
    const words = ['send', machines.file('f', 10), '127.0.0.1:9']
    expectSaid(await pfs(words, machines.options('here')), 'PFS_POOL', /pool\.json/, /\w/)
  })
})
