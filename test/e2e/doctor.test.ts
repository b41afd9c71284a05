// `pfs doctor PEER` against a real `pfs recv`: what it learns, that it troubles nobody there, and what it says of a peer
// that is not there or not who it was.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { expectFault, Machines } from '../support/faults.ts'

let machines = new Machines()
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

const doctor = (port: number, ...words: string[]) =>
  machines.start(['doctor', `127.0.0.1:${port}`, ...words], 'here').finished

test('says who answers and how the path is, and `pfs recv` waits on for its transfer', async () => {
  const port = await freePort()
  // without --yes: a question to a person would be a refusal that is told
  const receiver = await machines.recv(port, [])
  const { status, stdout, stderr } = await doctor(port)
  expect([status, stderr]).toEqual([0, ''])
  for (const name of ['node', 'peer', 'cipher', 'rtt', 'loss', 'datagrams'])
    expect(stdout).toMatch(new RegExp(`^(ok |warn) +${name} +\\S`, 'm'))
  expect(stdout).toMatch(/first contact/)
  const shown = / is ([a-z2-7-]{19}), a first/.exec(stdout)?.[1]
  expect(receiver.stderr).toContain(`fingerprint is ${shown}`)
  expect(receiver.stderr).not.toMatch(/Refused|wants/)
  receiver.signal('SIGINT')
  expect((await receiver.finished).status).toBe(130)
})

test('--json has the same checks; a host that was sent to is the pinned one', async () => {
  const port = await freePort()
  const receiver = await machines.recv(port, ['--yes', '--keep'])
  expect((await machines.send(machines.file('a', 1000), port).finished).status).toBe(0)
  const { status, stdout } = await doctor(port, '--json')
  expect(status).toBe(0)
  const { checks } = JSON.parse(stdout) as { checks: Readonly<Record<string, unknown>>[] }
  const of = (name: string) => checks.find(check => check.name === name)
  expect(of('peer')).toMatchObject({ status: 'ok', pinned: true, host: `127.0.0.1:${port}` })
  expect(of('cipher')).toMatchObject({ suite: expect.any(String) })
  expect(of('rtt')?.rtt_seconds).toBeGreaterThan(0)
  expect(of('loss')?.packets_sent).toBeGreaterThanOrEqual(60)
  // a loopback carries whatever is sent
  expect(of('datagrams')?.datagram_bytes).toBe(of('datagrams')?.datagram_bytes_wanted)
  await receiver.kill()
})

test('a peer that does not answer ends it with 6 and what to do', async () => {
  const ended = await doctor(await freePort(), '--json')
  expectFault(ended, 'PFS_UNREACHABLE', /no peer answers/, /pfs recv runs there/)
})

test('a peer with another key than before ends it with 5, and learns nothing of us', async () => {
  const port = await freePort()
  const first = await machines.recv(port)
  expect((await machines.send(machines.file('a', 1000), port).finished).status).toBe(0)
  await first.finished
  const other = await machines.recv(port, [], 'elsewhere')
  expectFault(await doctor(port, '--json'), 'PFS_KEY_CHANGED', /127\.0\.0\.1/, /pfs peers rm/)
  await other.kill()
})

test('Ctrl-C ends it with 130', async () => {
  const port = await freePort()
  const receiver = await machines.recv(port, [])
  const looking = machines.start(['doctor', `127.0.0.1:${port}`], 'here')
  await looking.told(/zstd/)
  looking.signal('SIGINT')
  expect((await looking.finished).status).toBe(130)
  await receiver.kill()
})
