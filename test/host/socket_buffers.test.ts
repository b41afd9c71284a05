// What the kernel is asked to hold for a socket: by the user's word, within bounds, and by ours without one.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { createHost } from '../../src/host/choose.ts'
import { askedBufferBytes } from '../../src/host/socket_buffers.ts'
import type { UdpFactory } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import { openDgramUdp } from '../../src/host/udp_dgram.ts'
import { openNativeUdp } from '../../src/host/udp_native.ts'
import { connect, listen } from '../../src/net/endpoint.ts'

const asked = (said: string): number => askedBufferBytes(MiB, { PFS_UDP_BUFFER_BYTES: said })

test('nothing said: what the implementation wants', () => {
  expect(askedBufferBytes(MiB, {})).toBe(MiB)
  expect(asked('')).toBe(MiB)
})

test('a number within the bounds is taken as it is', () => {
  for (const bytes of [64 * KiB, 106_496, 64 * MiB]) expect(asked(String(bytes))).toBe(bytes)
})

test('anything else is a fault of the command line that says what may be set', () => {
  for (const said of [String(64 * KiB - 1), String(64 * MiB + 1), '1e6', '0x100000', '-1', '4M', ' 100000'])
    expect(() => asked(said), said).toThrowError(
      expect.objectContaining({ code: 'PFS_USAGE', hint: expect.stringContaining('65536 to 67108864') }),
    )
})

const handlers = { onReadable() {}, onDrain() {}, onHint() {} }
const bind = { host: '127.0.0.1', port: 0 }

afterEach(() => void vi.unstubAllEnvs())

const factories: readonly (readonly [string, UdpFactory, boolean])[] = [
  ['node:dgram', openDgramUdp, true],
  ['the addon', openNativeUdp, udpAddon(native().addon) !== undefined],
]
for (const [name, open, isThere] of factories)
  describe.skipIf(!isThere)(`a socket of ${name}`, () => {
    test.skipIf(process.platform !== 'linux')('has what was asked for, doubled as Linux counts', async () => {
      vi.stubEnv('PFS_UDP_BUFFER_BYTES', '106496')
      const udp = await open({ bind, handlers })
      expect(udp.stats).toMatchObject({ receiveBufferBytes: 212_992, sendBufferBytes: 212_992 })
      await udp.close()
    })

    test('is not opened by a wrong number', async () => {
      vi.stubEnv('PFS_UDP_BUFFER_BYTES', 'much')
      await expect(open({ bind, handlers })).rejects.toThrow(PfsError)
    })
  })

test('a wrong number is told as such by whoever connects or listens', async () => {
  vi.stubEnv('PFS_UDP_BUFFER_BYTES', 'much')
  const host = await createHost()
  const keys = host.primitives.generateKeyPair(host.random(32))
  const usage = expect.objectContaining({ code: 'PFS_USAGE', message: expect.stringContaining('much') })
  await expect(connect({ host, keys, hostName: '127.0.0.1', port: 9 })).rejects.toEqual(usage)
  await expect(listen({ host, keys, port: 0, onPeer() {} })).rejects.toEqual(usage)
})
