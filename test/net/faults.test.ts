// How connections fail, over real loopback sockets: each with the code, and the sentence, that its cause deserves.

import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'
import type { PfsError } from '../../src/base/errors.ts'
import { millisecond, second } from '../../src/base/units.ts'
import { closeFault } from '../../src/net/faults.ts'
import { wireCodes } from '../../src/wire/codes.ts'
import { newKeys, Owner, tappedHost, world } from './pair.ts'

const failure = (promise: Promise<unknown>): Promise<PfsError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    error => error as PfsError,
  )

/** A loopback port with a socket behind it that never answers. */
async function silentPort() {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  return { port: socket.address().port, close: () => new Promise<void>(resolve => socket.close(resolve)) }
}

test('a host name that does not exist is not found', async () => {
  const here = await world()
  const error = await failure(here.connect({ hostName: 'no-such-host.invalid' }))
  expect(error.code).toBe('PFS_NOT_FOUND')
  await here.listener.close()
})

test('where nobody listens it is unreachable, long before the handshake times out', async () => {
  const here = await world()
  const silent = await silentPort()
  await silent.close()
  // nobody would wait an hour: the word of the kernel ends it
  const config = { handshakeTimeoutMicros: 3600 * second }
  const error = await failure(here.connect({ port: silent.port, config }))
  expect(error.code).toBe('PFS_UNREACHABLE')
  expect(error.retryable).toBe(true)
  await here.listener.close()
})

test('where nobody answers it is unreachable once the handshake has timed out (§12-5)', async () => {
  const here = await world()
  const silent = await silentPort()
  const config = { handshakeTimeoutMicros: 300 * millisecond }
  const error = await failure(here.connect({ port: silent.port, config }))
  expect(error.code).toBe('PFS_UNREACHABLE')
  await silent.close()
  await here.listener.close()
})

test('a peer whose process dies has stalled after the idle time-out (§12-3)', async () => {
  const tapped = tappedHost()
  const here = await world({ host: tapped.host })
  const link = await here.connect({ idleTimeoutMicros: second })
  const client = new Owner(link)
  await here.arrived(1)
  // as SIGKILL does: the port is closed and nothing is said
  await tapped.sockets[0]!.close()
  link.sendControl(new Uint8Array(10))
  await client.until(() => client.closed !== undefined)
  expect(client.closed?.error?.code).toBe('PFS_STALLED')
  await expect(link.finish()).rejects.toThrow('stopped answering')
})

test('garbage that reaches the port changes nothing and is counted', async () => {
  const here = await world()
  const link = await here.connect()
  new Owner(link)
  await here.arrived(1)
  const server = here.owners[0]!
  const stranger = createSocket('udp4')
  const before = here.listener.udpStats.datagramsReceived
  for (const length of [0, 1, 13, 30, 100, 1472, 9216])
    for (const type of [0x00, 0x01, 0x02, 0x03, 0x04, 0x40, 0x42, 0xff])
      stranger.send(new Uint8Array(length).fill(type), here.listener.address.port, '127.0.0.1')
  link.sendControl(new TextEncoder().encode('still here'))
  await server.until(() => server.control === 'still here')
  expect(here.listener.udpStats.datagramsReceived - before).toBeGreaterThan(40)
  expect(here.owners).toHaveLength(1)
  stranger.close()
  await here.listener.close()
})

test('a peer that the owner refuses hears it', async () => {
  const here = await world({ onPeer: link => link.refuse() })
  const link = await here.connect()
  const client = new Owner(link)
  await client.until(() => client.closed !== undefined)
  expect(client.closed?.error?.code).toBe('PFS_REFUSED')
  await here.listener.close()
})

test('another key than the pinned one fails the connect', async () => {
  const here = await world()
  const error = await failure(here.connect({ remoteStatic: newKeys().publicKey }))
  expect(error.code).toBe('PFS_KEY_CHANGED')
  expect(here.owners.every(owner => owner.control === '')).toBe(true)
  await here.listener.close()
})

test('a key that the owner does not trust fails the connect', async () => {
  const here = await world()
  const seen: Uint8Array[] = []
  const verifyPeer = (key: Uint8Array) => {
    seen.push(key)
    return false
  }
  const error = await failure(here.connect({ verifyPeer }))
  expect(error.code).toBe('PFS_REFUSED')
  expect(seen).toEqual([here.keys.publicKey])
  await here.listener.close()
})

test('the code and the text of a close travel, the text made harmless', async () => {
  const here = await world()
  const link = await here.connect()
  const client = new Owner(link)
  await here.arrived(1)
  here.owners[0]!.link.close(wireCodes.DISK_FULL.code, 'no\u001b[31m room\n')
  await client.until(() => client.closed !== undefined)
  const error = client.closed?.error
  expect(error?.code).toBe('PFS_DISK_FULL')
  expect(error?.message).toContain('no\\u{1b}[31m room')
  await here.listener.close()
})

test('every code of §17 has its failure, and one nobody knows is a fault of the other side (§17-1)', () => {
  const fault = (code: number) => closeFault({ by: 'peer', code, text: '' }, 'x')
  for (const { code } of Object.values(wireCodes)) expect(fault(code) === undefined).toBe(code === 0)
  expect(fault(0x3fff)?.code).toBe('PFS_INTERNAL')
  expect(fault(wireCodes.BUSY.code)).toMatchObject({ code: 'PFS_REFUSED', retryable: true })
  expect(closeFault({ by: 'version', versions: [9] }, 'x')?.code).toBe('PFS_VERSION')
  expect(closeFault({ by: 'version', versions: [0] }, 'x')).toMatchObject({
    code: 'PFS_VERSION',
    message: expect.stringContaining('x does none of the ciphers offered'),
    hint: expect.stringContaining('--suite'),
  })
  expect(closeFault({ by: 'key_changed' }, 'x')?.code).toBe('PFS_KEY_CHANGED')
})

test('a port in use is said so', async () => {
  const here = await world()
  const error = await failure(world({ port: here.listener.address.port }))
  expect(error.code).toBe('PFS_PORT')
  expect(error.message).toContain('in use')
  await here.listener.close()
})
