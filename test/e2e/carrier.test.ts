// Real processes where UDP is blocked, or one family is: the transfer goes over TCP and says so, goes on where it was when the
// TCP connection dies, and finds its peer by IPv6 as by IPv4. PROTOCOL.md §4.1

import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { canMakePairs, makePair, type Side } from '../../netsim/netns.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { expectFault, expectSame, Machines, type SentSummary } from '../support/faults.ts'
import { Pfs, pfs, type StartOptions } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'
import { TcpRelay } from '../support/tcp_relay.ts'

const hasSix = await (async () => {
  const socket = createSocket('udp6')
  const outcome = Promise.race([once(socket, 'listening'), once(socket, 'error').then(() => undefined)])
  socket.bind(0, '::1')
  const isThere = (await outcome.catch(() => undefined)) !== undefined
  socket.close()
  return isThere
})()

let machines: Machines
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

/** Of a sender with --json that ended well. */
async function summaryOf(sender: {
  finished: Promise<{ status: number | undefined; stdout: string; stderr: string }>
}) {
  const { status, stdout, stderr } = await sender.finished
  expect(status, stderr).toBe(0)
  return { summary: JSON.parse(stdout) as SentSummary, stderr }
}

/** A firewall that takes what comes by UDP and says nothing. */
async function swallowUdp(port: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  machines.later(() => socket.close())
}

describe('where UDP is blocked', () => {
  test('a transfer goes over TCP, either way, and says so once', async () => {
    const port = await freePort()
    await swallowUdp(port)
    const file = machines.file('f', 3 * MiB)
    const receiver = await machines.recv(port, ['--yes', '--transport', 'tcp'])
    const { summary, stderr } = await summaryOf(machines.send(file, port, ['--json']))
    expect(stderr.match(/UDP to 127\.0\.0\.1:\d+ got no answer; using TCP/g)).toHaveLength(1)
    expect(summary.transport.carrier).toBe('tcp')
    expect((await receiver.finished).status).toBe(0)
    expectSame(file, `${machines.out}/f`)
    // back: who has received sends, and who has sent receives
    const back = machines.file('g', 3 * MiB)
    await machines.recv(port, ['--yes', '--transport', 'tcp'], 'here')
    const returned = await summaryOf(machines.send(back, port, ['--json'], 'there'))
    expect(returned.summary.transport.carrier).toBe('tcp')
    expectSame(back, `${machines.out}/g`)
  })

  test('--events has a warning, and the carrier in the summary', async () => {
    const port = await freePort()
    await swallowUdp(port)
    await machines.recv(port, ['--yes', '--transport', 'tcp'])
    const { stdout } = await machines.send(machines.file('f', 1000), port, ['--events']).finished
    const events = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; message?: string; transport?: { carrier: string } })
    const warnings = events.filter(({ type }) => type === 'warning').map(({ message }) => message)
    expect(warnings.filter(text => text?.includes('UDP'))).toEqual([
      `UDP to 127.0.0.1:${port} got no answer; using TCP`,
    ])
    expect(events.at(-1)).toMatchObject({ type: 'summary', transport: { carrier: 'tcp' } })
  })

  test('in one direction, the OFFER that was heard by UDP is no second transfer (§4.1-9)', async () => {
    const port = await freePort()
    const receiver = await machines.recv(port, ['--yes', '--keep'])
    const relay = await Relay.open(port, await freePort())
    const tcp = await TcpRelay.open(port, relay.port)
    machines.later(() => {
      relay.close()
      tcp.close()
    })
    // first contact, by UDP: from now on the first flight holds the OFFER
    const first = await summaryOf(machines.send(machines.file('a', 100 * KiB), relay.port, ['--json']))
    expect(first.summary.transport.carrier).toBe('udp')
    relay.isDeaf = true
    const file = machines.file('b', 2 * MiB)
    const second = await summaryOf(machines.send(file, relay.port, ['--json']))
    expect(second.summary.transport.carrier).toBe('tcp')
    expectSame(file, `${machines.out}/b`)
    // and the next one as well, while the half of the other still waits
    relay.isDeaf = false
    const third = await summaryOf(machines.send(file, relay.port, ['--json']))
    expect(third.summary).toMatchObject({ unchanged: true, transport: { carrier: 'udp' } })
    expect(machines.arrived().sort()).toEqual(['a', 'b'])
    expect(receiver.stderr).not.toMatch(/pfs: /)
    receiver.signal('SIGINT')
    await receiver.finished
  })

  test('a receiver of both is reached by either', async () => {
    for (const [carrier, words] of [
      ['udp', ['--transport', 'udp']],
      ['tcp', ['--transport', 'tcp']],
      ['udp', []],
    ] as const) {
      const port = await freePort()
      const receiver = await machines.recv(port)
      const sender = machines.send(machines.file(`f ${words.at(-1)}`, 100 * KiB), port, ['--json', ...words])
      const { summary, stderr } = await summaryOf(sender)
      expect([summary.transport.carrier, stderr]).toEqual([carrier, expect.not.stringContaining('TCP')])
      expect((await receiver.finished).status).toBe(0)
    }
  })

  test('PFS_TRANSPORT says it too, and udp alone finds nobody who has only TCP', async () => {
    const port = await freePort()
    const environment = { PFS_TRANSPORT: 'tcp' }
    const receiver = await machines.recv(port, ['--yes', '--transport', 'tcp'])
    const file = machines.file('f', 1000)
    const words = ['send', file, `127.0.0.1:${port}`, '--json']
    const refused = await pfs([...words, '--transport', 'udp'], machines.options('here', { environment }))
    expectFault(refused, 'PFS_UNREACHABLE', /port is closed/, /firewall/)
    const sent = await pfs(words, machines.options('here', { environment }))
    expect(sent.status, sent.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
  })

  test('pfs doctor says so, and what to do', async () => {
    const port = await freePort()
    await swallowUdp(port)
    await machines.recv(port, ['--transport', 'tcp'])
    const { status, stdout } = await machines.start(['doctor', `127.0.0.1:${port}`, '--json'], 'here')
      .finished
    expect(status).toBe(0)
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; fix?: string }[] }
    expect(checks.find(({ name }) => name === 'carrier')).toMatchObject({
      status: 'warn',
      carrier: 'tcp',
      fix: expect.stringContaining('--transport tcp'),
    })
  })
})

/** Why no network can be made here that drops what is UDP. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux' || spawnSync('tc', ['-V']).error) return 'it takes Linux and iproute2'
  return canMakePairs() ? undefined : 'it takes root, to make network namespaces'
}

const why = obstacle()

test.skipIf(why)(
  `a network that drops all UDP is crossed (§4.1-8)${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    const pair = makePair()
    machines.later(() => pair.remove())
    for (const { namespace, device } of [pair.left, pair.right]) {
      for (const words of [
        `qdisc add dev ${device} root handle 1: htb default 1 r2q 1000`,
        `class add dev ${device} parent 1: classid 1:1 htb rate 10gbit`,
        `class add dev ${device} parent 1: classid 1:2 htb rate 10mbit`,
        // a queue that has room for nothing
        `qdisc add dev ${device} parent 1:2 bfifo limit 1`,
        `filter add dev ${device} parent 1: protocol ip u32 match ip protocol 17 0xff flowid 1:2`,
      ]) {
        const done = spawnSync('ip', ['netns', 'exec', namespace, 'tc', ...words.split(' ')], {
          encoding: 'utf8',
        })
        expect(done.status, done.stderr).toBe(0)
      }
    }
    const inside = (side: Side): Partial<StartOptions> => ({
      through: (command, args, environment) =>
        side.spawn(command, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }),
    })
    const file = machines.file('f', 4 * MiB)
    const words = ['recv', '--yes', '-o', machines.out]
    const receiver = Pfs.start(words, machines.options('there', inside(pair.right)))
    machines.later(() => receiver.signal('SIGKILL'))
    await receiver.ready()
    const sent = await pfs(
      ['send', file, pair.right.address, '--json'],
      machines.options('here', inside(pair.left)),
    )
    expect(sent.status, sent.stderr).toBe(0)
    expect((JSON.parse(sent.stdout) as SentSummary).transport.carrier).toBe('tcp')
    expect((await receiver.finished).status).toBe(0)
    expectSame(file, `${machines.out}/f`)
  },
)

test('a TCP connection that dies ends the send at once, and the next goes on where it was (§4.1-3)', async () => {
  const port = await freePort()
  const receiver = await machines.recv(port, ['--yes', '--keep', '--transport', 'tcp'])
  const relay = await TcpRelay.open(port)
  machines.later(() => relay.close())
  const file = machines.file('f', 24 * MiB)
  const words = ['--transport', 'tcp', '--json']
  const isCut = relay.cutAfter(16 * MiB)
  // slow enough that what has passed is there when it ends
  const first = machines.send(file, relay.port, [...words, '--bwlimit', '12M'])
  await isCut
  expectFault(await first.finished, 'PFS_STALLED', /the TCP connection to .* broke/, /same command again/)
  await receiver.said(/TCP connection .* broke/)
  const { summary } = await summaryOf(machines.send(file, relay.port, words))
  expect(relay.connections).toBe(2)
  expect(summary.reused_bytes).toBeGreaterThan(4 * MiB)
  expect(summary.wire_bytes).toBeLessThan(20 * MiB)
  expectSame(file, `${machines.out}/f`)
  receiver.signal('SIGINT')
  await receiver.finished
})

describe('the port of a receiver', () => {
  test('that is taken for TCP is used for UDP alone, with a word; --transport tcp fails', async () => {
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    machines.later(() => taken.close())
    const { port } = taken.address() as { port: number }
    // of all addresses, ours is one
    const receiver = await machines.recv(port, ['--yes', '-4'])
    expect(receiver.stderr).toMatch(new RegExp(`TCP port ${port} is in use`))
    await summaryOf(machines.send(machines.file('f', 1000), port, ['--json']))
    expect((await receiver.finished).status).toBe(0)
    const alone = await pfs(
      ['recv', '-p', String(port), '-4', '--transport', 'tcp', '--json'],
      machines.options('there'),
    )
    expectFault(alone, 'PFS_PORT', new RegExp(`TCP port ${port} is in use`), /-p PORT/)
  })
})

describe.skipIf(!hasSix)('IPv6', () => {
  test('is what -6 uses alone, and -4 does not', async () => {
    const port = await freePort()
    for (const transport of ['udp', 'tcp']) {
      const receiver = await machines.recv(port, ['--yes', '-6', '--transport', transport])
      const file = machines.file(transport, 100 * KiB)
      const four = ['send', file, `127.0.0.1:${port}`, '-6']
      expectFault(
        await pfs([...four, '--json'], machines.options('here')),
        'PFS_USAGE',
        /127\.0\.0\.1 is no IPv6 address/,
        /pfs/,
      )
      const sent = await pfs(
        ['send', file, `[::1]:${port}`, '-6', '--json', '--transport', transport],
        machines.options('here'),
      )
      expect(sent.status, sent.stderr).toBe(0)
      expect((await receiver.finished).status).toBe(0)
      expectSame(file, `${machines.out}/${transport}`)
    }
  })

  test('reaches a receiver of both families, however the address is spelt', async () => {
    const port = await freePort()
    const receiver = await machines.recv(port, ['--yes', '--keep'])
    for (const [i, place] of [`[::1]:${port}`, `[0:0::0001]:${port}`, `127.0.0.1:${port}`].entries()) {
      const sent = await pfs(
        ['send', machines.file(`f${i}`, 1000), place, '--json'],
        machines.options('here'),
      )
      expect(sent.status, sent.stderr).toBe(0)
    }
    expect(machines.arrived().sort()).toEqual(['f0', 'f1', 'f2'])
    receiver.signal('SIGINT')
    await receiver.finished
  })
})

test('--bind says which of our addresses is used', async () => {
  const port = await freePort()
  const words = [
    'recv',
    '-p',
    String(port),
    '-o',
    machines.out,
    '--yes',
    '--bind',
    '127.0.0.1',
    '--events',
    '--keep',
  ]
  const receiver = machines.start(words, 'there')
  await receiver.told(/"listening"/)
  for (const transport of ['udp', 'tcp']) {
    const words = ['--bind', '127.0.0.2', '--json', '--transport', transport]
    await summaryOf(machines.send(machines.file(transport, 1000), port, words))
    await receiver.told(new RegExp(`"start".*"name":"${transport}".*"host":"127\\.0\\.0\\.2:`))
  }
  const elsewhere = ['send', machines.file('f', 10), `127.0.0.2:${port}`, '--transport', 'tcp', '--json']
  expectFault(await pfs(elsewhere, machines.options('here')), 'PFS_UNREACHABLE', /port is closed/, /recv/)
  receiver.signal('SIGINT')
  await receiver.finished
})
