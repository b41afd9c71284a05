// A peer that falls silent, is stopped, killed or interrupted in the middle of a transfer: the other side ends and
// says so, nothing half-done shows, and the same command run again goes on where it stopped. Real processes, with a path
// between them that can be cut.

import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectFault, expectNothing, expectSaid, expectSame, Machines } from '../support/faults.ts'
import type { Pfs } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'

const stallSeconds = 2
const stall = ['--stall-timeout', String(stallSeconds)]
const fileBytes = 12 * MiB
const cutBytes = 4 * MiB
/** What a break may cost to send again: windows in flight and what was not yet written. */
const lostBytesMax = 4 * MiB

interface Middle {
  readonly machines: Machines
  readonly port: number
  readonly relay: Relay
  readonly file: string
  readonly sender: Pfs
  readonly receiver: Pfs
}

/** A transfer through a relay that has been cut in its middle. */
async function middleOfATransfer(
  onTestFinished: (undo: () => Promise<void>) => void,
  sendWords: readonly string[],
  receiveWords: readonly string[],
): Promise<Middle> {
  const machines = new Machines()
  onTestFinished(() => machines.remove())
  const port = await freePort()
  const relay = await Relay.open(port)
  machines.later(() => relay.close())
  const file = machines.file('f', fileBytes)
  const receiver = await machines.recv(port, ['--yes', ...receiveWords])
  const isCut = relay.cutAfter(cutBytes)
  const sender = machines.send(file, relay.port, sendWords)
  await isCut
  return { machines, port, relay, file, sender, receiver }
}

/** The same commands again: what had arrived is not sent again. */
async function goesOn({ machines, relay, port, file }: Middle): Promise<void> {
  relay.mend()
  expectNothing(machines)
  const receiver = await machines.recv(port)
  const sent = await machines.send(file, relay.port, ['--json']).finished
  expect(sent.status, sent.stderr).toBe(0)
  expect((await receiver.finished).status).toBe(0)
  expectSame(machines.at('out/f'), file)
  expect(JSON.parse(sent.stdout).wire_bytes).toBeLessThan(fileBytes - cutBytes + lostBytesMax)
}

describe.concurrent('in the middle of a transfer', () => {
  test('a receiver that is stopped: the sender ends with 7, and both again go on', async ({
    onTestFinished,
  }) => {
    const middle = await middleOfATransfer(onTestFinished, [...stall, '--json'], stall)
    const { receiver, sender, relay } = middle
    receiver.signal('SIGSTOP')
    relay.mend()
    expectFault(await sender.finished, 'PFS_STALLED', /127\.0\.0\.1/, /same command again/)
    receiver.signal('SIGCONT')
    expectSaid(await receiver.finished, 'PFS_STALLED', /stopped answering/, /same command again/)
    await goesOn(middle)
  })

  test('a sender that is stopped: the receiver ends with 7, and both again go on', async ({
    onTestFinished,
  }) => {
    const middle = await middleOfATransfer(onTestFinished, stall, [...stall, '--json'])
    const { receiver, sender, relay } = middle
    sender.signal('SIGSTOP')
    relay.mend()
    expectFault(await receiver.finished, 'PFS_STALLED', /stopped answering/, /same command again/)
    sender.signal('SIGCONT')
    expectSaid(await sender.finished, 'PFS_STALLED', /127\.0\.0\.1/, /same command again/)
    await goesOn(middle)
  })

  test('a path that is cut: both end with 7, and both again go on', async ({ onTestFinished }) => {
    const middle = await middleOfATransfer(onTestFinished, [...stall, '--json'], stall)
    const { receiver, sender } = middle
    const [sent, received] = await Promise.all([sender.finished, receiver.finished])
    expectFault(sent, 'PFS_STALLED', /127\.0\.0\.1/, /same command again/)
    expectSaid(received, 'PFS_STALLED', /stopped answering/, /same command again/)
    await goesOn(middle)
  })

  test('a path that is cut for less than the time-out costs nothing but time', async ({ onTestFinished }) => {
    const { machines, relay, sender, receiver, file } = await middleOfATransfer(onTestFinished, [], [])
    await new Promise(resolve => setTimeout(resolve, 500))
    relay.mend()
    expect((await sender.finished).status).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
  })
})

describe.concurrent('before a transfer, by hand', () => {
  test('Ctrl-C at a sender that nobody answers ends it with 130 at once', async ({ onTestFinished }) => {
    const machines = new Machines()
    onTestFinished(() => machines.remove())
    const port = await freePort()
    const relay = await Relay.open(port)
    machines.later(() => relay.close())
    const isCut = relay.cutAfter(1)
    const sender = machines.send(machines.file('f', 1000), relay.port)
    await isCut
    sender.signal('SIGINT')
    expectSaid(await sender.finished, 'PFS_INTERRUPTED', /interrupted/, /run again: pfs send/)
  })

  test('Ctrl-C at a receiver that nobody calls ends it with 130 at once', async ({ onTestFinished }) => {
    const machines = new Machines()
    onTestFinished(() => machines.remove())
    const receiver = await machines.recv(await freePort())
    receiver.signal('SIGINT')
    expectSaid(await receiver.finished, 'PFS_INTERRUPTED', /interrupted/, /run again: pfs recv/)
  })
})

describe.concurrent('in the middle of a transfer, by hand', () => {
  test('Ctrl-C at the sender: it ends with 130, the receiver with 17, and both again go on', async ({
    onTestFinished,
  }) => {
    const middle = await middleOfATransfer(onTestFinished, [], ['--json'])
    const { relay, sender, receiver } = middle
    relay.mend()
    sender.signal('SIGINT')
    expectSaid(await sender.finished, 'PFS_INTERRUPTED', /interrupted/, /run again: pfs send/)
    expectFault(await receiver.finished, 'PFS_CANCELLED', /cancelled/, /again/)
    await goesOn(middle)
  })

  test('Ctrl-C at the receiver: it ends with 130, the sender with 17, and both again go on', async ({
    onTestFinished,
  }) => {
    const middle = await middleOfATransfer(onTestFinished, ['--json'], [])
    const { relay, sender, receiver } = middle
    relay.mend()
    receiver.signal('SIGINT')
    expectSaid(await receiver.finished, 'PFS_INTERRUPTED', /interrupted/, /run again: pfs recv/)
    expectFault(await sender.finished, 'PFS_CANCELLED', /cancelled/, /again/)
    await goesOn(middle)
  })

  test('SIGTERM ends the sender with 143, in order', async ({ onTestFinished }) => {
    const { relay, sender, receiver } = await middleOfATransfer(onTestFinished, [], [])
    relay.mend()
    sender.signal('SIGTERM')
    expect((await sender.finished).status).toBe(143)
    expectSaid(await receiver.finished, 'PFS_CANCELLED', /cancelled/, /again/)
  })

  test('kill -9 at the receiver: the sender ends with 7, and both again go on', async ({
    onTestFinished,
  }) => {
    const middle = await middleOfATransfer(onTestFinished, [...stall, '--json'], [])
    const { relay, sender, receiver } = middle
    await receiver.kill()
    relay.mend()
    expectFault(await sender.finished, 'PFS_STALLED', /127\.0\.0\.1/, /same command again/)
    await goesOn(middle)
  })

  test('kill -9 at the sender: run again, it goes on with the receiver that still waits', async ({
    onTestFinished,
  }) => {
    const { machines, relay, sender, receiver, file } = await middleOfATransfer(onTestFinished, [], [])
    await sender.kill()
    relay.mend()
    const sent = await machines.send(file, relay.port, ['--json']).finished
    expect(sent.status, sent.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(machines.at('out/f'), file)
    expect(JSON.parse(sent.stdout).wire_bytes).toBeLessThan(fileBytes - cutBytes + lostBytesMax)
  })
})
