// --qlog by real processes, where the protocol runs on its worker: a file for each connection on either side, whose sums
// agree with what --json says.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { Machines } from '../support/faults.ts'
import { checkedQlog, named, parseSequence, type Qlog, sum } from '../support/qlog.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(() => machines.remove())

function only(folder: string): { name: string; qlog: Qlog } {
  const names = readdirSync(folder)
  expect(names.length).toBe(1)
  const name = names[0] ?? ''
  return { name, qlog: checkedQlog(parseSequence(readFileSync(join(folder, name), 'utf8'))) }
}

interface Summary {
  readonly transport: { readonly packets_sent: number; readonly packets_lost: number }
}

test('both sides have the trace of their connection, and it agrees with --json', async () => {
  const [here, there] = [machines.at('qlog/here'), machines.at('qlog/there')]
  // once by the flag, once by what is configured, whose path counts from the folder of its file
  mkdirSync(machines.at('qlog'))
  writeFileSync(machines.at('qlog/config.yaml'), 'version: 1\ntransfer: {qlog: there}\n')
  const configured = ['--config', machines.at('qlog/config.yaml')]
  const receiver = await machines.recv(port, ['--yes', '--json', ...configured])
  const words = ['send', machines.file('f', 3 * MiB), `127.0.0.1:${port}`, '--json', '--qlog', here]
  const sender = await machines.start(words, 'here').finished
  expect(sender.status, sender.stderr).toBe(0)
  const received = await receiver.finished
  expect(received.status).toBe(0)

  for (const [folder, role, { stdout }] of [
    [here, 'initiator', sender],
    [there, 'responder', received],
  ] as const) {
    const { name, qlog } = only(folder)
    expect(name).toMatch(new RegExp(`^${role}-[0-9a-f]{16}\\.sqlog$`))
    expect(named(qlog, 'connection_started')[0]?.data.src_cid).toBe(name.slice(role.length + 1, -6))
    expect(named(qlog, 'connection_closed').length).toBe(1)
    const { transport } = JSON.parse(stdout) as Summary
    const sent = sum(qlog, 'packet_sent', data => data.packets)
    // the summary is written before the last words of the connection
    expect(sent).toBeGreaterThanOrEqual(transport.packets_sent)
    expect(sent).toBeLessThan(transport.packets_sent + 20)
    expect(sum(qlog, 'packet_lost', data => data.packets)).toBeGreaterThanOrEqual(transport.packets_lost)
  }
  const [sending, receiving] = [only(here).qlog, only(there).qlog]
  const dataBytes = (qlog: Qlog, name: string): number =>
    sum(qlog, name, ({ frames }) =>
      ((frames ?? []) as { frame_type: string; length?: number }[])
        .filter(frame => frame.frame_type === 'stream')
        .reduce((total, frame) => total + (frame.length ?? 0), 0),
    )
  expect(dataBytes(sending, 'packet_sent')).toBeGreaterThan(3 * MiB)
  expect(dataBytes(receiving, 'packet_received')).toBeGreaterThanOrEqual(3 * MiB)
})

test('a folder that cannot be made fails before anything is sent', async () => {
  const file = machines.file('f', 10)
  const words = ['send', file, `127.0.0.1:${port}`, '--qlog', join(file, 'x')]
  await machines.fails(words, 'PFS_WRITE', /x$/, /--qlog/)
  expect(existsSync(join(file, 'x'))).toBe(false)
})
