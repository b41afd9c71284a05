// The sender's file: unreadable, or changed by somebody while it is being sent. The sender says so, the receiver never
// has a wrong file, and the same command again sends what is there then.

import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectFault, expectNothing, expectSaid, expectSame, Machines } from '../support/faults.ts'
import { Relay } from '../support/relay.ts'

// more than a sender reads ahead of the network
const fileBytes = 64 * MiB

/** 4096 bytes long by its own account, and every read of it fails. */
const unreadable = '/sys/class/net/lo/speed'

function overwrite(path: string, position: number): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, Buffer.alloc(100_000, 0xa5), 0, 100_000, position)
  closeSync(fd)
}

const changes: readonly (readonly [string, (path: string) => void])[] = [
  ['appended to', path => appendFileSync(path, 'more')],
  ['cut short', path => truncateSync(path, fileBytes / 2)],
  ['overwritten near its end', path => overwrite(path, fileBytes - 200_000)],
  ['overwritten where it has been read', path => overwrite(path, 0)],
  ['touched', path => utimesSync(path, new Date(), new Date())],
]

describe.concurrent('a file that is', () => {
  for (const [name, change] of changes) {
    test(`${name} while it is being sent ends both with 8, and goes whole the next time`, async ({
      onTestFinished,
    }) => {
      const machines = new Machines()
      onTestFinished(() => machines.remove())
      const port = await freePort()
      const relay = await Relay.open(port)
      machines.later(() => relay.close())
      const file = machines.file('f', fileBytes)
      const receiver = await machines.recv(port)
      const isCut = relay.cutAfter(3 * MiB)
      const sender = machines.send(file, relay.port, ['--json'])
      await isCut
      change(file)
      relay.mend()
      const next = /once nobody writes to it/
      expectFault(await sender.finished, 'PFS_SOURCE_CHANGED', /changed while it was being sent/, next)
      expectSaid(await receiver.finished, 'PFS_SOURCE_CHANGED', /changed/, next)
      expectNothing(machines)
      expect(readdirSync(machines.out), 'nor a part that nobody would come back for').toEqual([])
      await machines.transfer(file, port)
      expectSame(machines.at('out/f'), file)
    })
  }

  test.skipIf(!existsSync(unreadable))(
    'there and cannot be read ends both with 4',
    async ({ onTestFinished }) => {
      const machines = new Machines()
      onTestFinished(() => machines.remove())
      const port = await freePort()
      const receiver = await machines.recv(port)
      expectFault(
        await machines.send(unreadable, port, ['--json']).finished,
        'PFS_READ',
        /could not be read.*EINVAL/,
        /same command again/,
      )
      expectSaid(await receiver.finished, 'PFS_READ', /could not be read/, /same command again/)
      expectNothing(machines)
      await machines.transfer(machines.file('speed', 4096), port)
    },
  )
})
