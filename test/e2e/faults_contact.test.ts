// What can go wrong before a byte of the file has moved: nobody there, another version, a
// name or a target that cannot be. Real processes; every fault by its exit status, its code and its two sentences.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { Machines } from '../support/faults.ts'

let machines: Machines
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

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
    await machines.fails(
      ['send', machines.file('f', 1000), `127.0.0.1:${port}`],
      'PFS_UNREACHABLE',
      new RegExp(`127\\.0\\.0\\.1:${port}`),
      /pfs recv runs there/,
    )
  })

  test('into a black hole ends with 6 after --connect-timeout', async () => {
    const port = await socketThat(() => undefined)
    const words = ['send', machines.file('f', 1000), `127.0.0.1:${port}`, '--connect-timeout', '1.5']
    await machines.fails(words, 'PFS_UNREACHABLE', /no peer answers/, /firewall/)
  })

  test('to an unknown name ends with 4', async () => {
    const words = ['send', machines.file('f', 1000), 'no-such-host.invalid']
    await machines.fails(words, 'PFS_NOT_FOUND', /no-such-host\.invalid/, /spelling|try again/)
  })

  test('to a peer of another version ends with 16 (§4-5, §4-6)', async () => {
    const version2 = (init: Buffer): Buffer =>
      Buffer.concat([Buffer.of(0x04), init.subarray(5, 13), Buffer.of(1, 0, 0, 0, 2)])
    const port = await socketThat(version2)
    const words = ['send', machines.file('f', 1000), `127.0.0.1:${port}`]
    await machines.fails(words, 'PFS_VERSION', /no version or cipher/, /same version of pfs/)
  })

  test('of what is not there ends with 4 before anybody is called', async () => {
    await machines.fails(['send', 'nowhere', '127.0.0.1:9'], 'PFS_NOT_FOUND', /nowhere/, /spelling/)
  })

  test('of neither a file nor a directory ends with 4 and says so', async () => {
    await machines.fails(
      ['send', '/dev/null', '127.0.0.1:9'],
      'PFS_READ',
      /neither a file, a directory nor a link/,
      /can be read/,
    )
  })

  test('with a stall time-out the protocol has no room for is a slip, not a bug of ours', async () => {
    for (const seconds of ['0.5', '601']) {
      const words = ['send', machines.file('f', 10), '127.0.0.1:9', '--stall-timeout', seconds]
      await machines.fails(words, 'PFS_USAGE', /--stall-timeout/, /pfs/)
    }
  })
})

describe('pfs recv', () => {
  test('on a port in use ends with 2 and says how to take another', async () => {
    const port = await freePort()
    await machines.recv(port)
    const words = ['recv', '-p', String(port), '-o', machines.out]
    await machines.fails(words, 'PFS_PORT', /in use/, /-p PORT/)
  })

  test('into a directory that is not there ends with 9 before it listens', async () => {
    const words = ['recv', '-p', String(await freePort()), '-o', machines.at('missing')]
    await machines.fails(words, 'PFS_WRITE', /no such directory/, /-o DIR/)
  })

  test('into a file ends with 9', async () => {
    const words = ['recv', '-p', String(await freePort()), '-o', machines.file('f', 10)]
    await machines.fails(words, 'PFS_WRITE', /not a directory/, /-o DIR/)
  })
})
