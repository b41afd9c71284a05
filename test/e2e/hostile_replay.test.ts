// A first flight recorded and played again: the OFFER of a trusted sender rides in it, so it is looked at and answered,
// and that is all. No file, no line, nothing learnt, nobody kept waiting, and a receiver that waits for one transfer
// still waits for it. PROTOCOL.md §5-6

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { KiB } from '../../src/base/units.ts'
import { expectSame, Machines } from '../support/faults.ts'
import { type Pfs, pfs } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'

const connectSeconds = 1

let machines: Machines
let relay: Relay
let port: number
let inits: Buffer[]

const receive = (): Promise<Pfs> => machines.recv(port, ['--connect-timeout', String(connectSeconds)])

/** A trusted sender has sent `f`, knowing the receiver's key; its INITs are kept. */
beforeAll(async () => {
  machines = new Machines()
  port = await freePort()
  relay = await Relay.open(port)
  machines.later(() => relay.close())
  const peer = JSON.parse((await pfs(['version', '--json'], machines.options('here'))).stdout).peer_id
  expect((await pfs(['peers', 'trust', peer], machines.options('there'))).status).toBe(0)
  for (const name of ['first', 'f']) {
    relay.keeps = name === 'f'
    const receiver = await receive()
    expect((await machines.send(machines.file(name, 100 * KiB), relay.port).finished).status).toBe(0)
    expect((await receiver.finished).status).toBe(0)
  }
  relay.keeps = false
  inits = relay.toServer.filter(([type]) => type === 0x01)
  expect(inits.length).toBeGreaterThan(0)
  expect(inits[0]?.length, 'the OFFER is in it').toBeGreaterThan(180)
})
afterAll(() => machines.remove())

/** Names, sizes and times of everything below, but for LMDB's list of readers. */
function everything(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(name => !/lock/.test(name))
    .map(name => {
      const stats = lstatSync(join(path, name))
      return `${name} ${stats.isFile() ? `${stats.size} ${stats.mtimeMs}` : 'directory'}`
    })
    .sort()
}

async function replay(): Promise<void> {
  for (let times = 0; times < 5; times++) {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    for (const init of inits) socket.send(init, port, '127.0.0.1')
    for (const datagram of relay.toServer) socket.send(datagram, port, '127.0.0.1')
    // it was taken for a first flight
    await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
    socket.close()
  }
}

const situations: readonly (readonly [string, () => void])[] = [
  ['is there, as it was', () => {}],
  ['is there and different', () => writeFileSync(machines.at('out/f'), 'something else')],
  ['is not there any more', () => rmSync(machines.at('out/f'))],
]

for (const [name, change] of situations) {
  test(`replayed where the file ${name}, it changes nothing and ends nothing`, async () => {
    change()
    const receiver = await receive()
    await receiver.said(/the sender shows the same/)
    const before = [...everything(machines.out), ...everything(machines.at('there'))]
    const said = receiver.stderr
    await replay()
    // an honest sender is not kept waiting by what may be a replay, and ends the wait for one transfer
    const honest = machines.file(`honest, ${name}`, 100 * KiB)
    const isStill = { status: undefined }
    const early = await Promise.race([
      receiver.finished,
      new Promise<typeof isStill>(resolve =>
        setTimeout(() => resolve(isStill), connectSeconds * 1000 + 1500),
      ),
    ])
    expect(early.status, receiver.stderr).toBeUndefined()
    expect([...everything(machines.out), ...everything(machines.at('there'))]).toEqual(before)
    expect(receiver.stderr).toBe(said)
    await replay()
    expect((await machines.send(honest, relay.port).finished).status).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(machines.at(`out/honest, ${name}`), honest)
  })
}
