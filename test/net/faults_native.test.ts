// Links over native sockets whose system calls fail on demand, and native and portable ends in every pairing: the bytes
// arrive whole, later perhaps, and the diagnosis says what stood in the way. Waits for events, never for time.

import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import type { Udp } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import type { NativeUdp } from '../../src/host/udp_native.ts'
import type { Diagnosis } from '../../src/net/diagnosis.ts'
import { newKeys, Owner, painted, world } from './pair.ts'

const hasAddon = udpAddon(native().addon) !== undefined
const portable = await createHost({ addon: undefined, path: undefined, why: 'a test' })
const best = await createHost()

/** Sends bytes from one host to the other, and says what the sender makes of its way. */
async function carry(from: Host, to: Host, spoil: (udp: NativeUdp) => void = () => {}): Promise<Diagnosis> {
  let socket: Udp | undefined
  const openUdp: Host['openUdp'] = async options => {
    socket = await from.openUdp(options)
    return socket
  }
  const there = await world({ host: to })
  const link = await there.connect({ host: { ...from, openUdp }, keys: newKeys() })
  new Owner(link)
  await there.arrived(1)
  spoil(socket as NativeUdp)
  const reader = there.owners[0]!
  const bytes = painted(6 * MiB + 321)
  const literal = link.openLiteral()!
  for (let at = 0; at < bytes.length; at += MiB) literal.write(bytes.subarray(at, at + MiB))
  literal.end()
  await reader.until(() => reader.slabs.some(({ isLast }) => isLast) && reader.slabBytes === bytes.length)
  expect(Buffer.from(reader.literal(1)).equals(bytes)).toBe(true)
  await link.finish()
  const { diagnosis } = link
  await there.listener.close()
  return diagnosis
}

const { EAGAIN, EIO, EMSGSIZE, ENOBUFS, EINVAL, ENETDOWN, ENETUNREACH } = constants.errno

describe.skipIf(!hasAddon)('native and portable ends understand each other', () => {
  for (const [name, from, to] of [
    ['native to portable', best, portable],
    ['portable to native', portable, best],
    ['native to native', best, best],
    ['portable to portable', portable, portable],
  ] as const)
    test(name, async () => {
      const { sendPath, packetsSent } = await carry(from, to)
      expect(sendPath).toBe(from === best ? 'gso' : 'dgram')
      expect(packetsSent).toBeGreaterThan(600)
    })
})

describe.skipIf(!hasAddon)('system calls that fail', () => {
  test('a path that refuses trains gets single datagrams, and the diagnosis says so', async () => {
    for (const errno of [EIO, EINVAL]) {
      const { gsoRefused, notes } = await carry(best, best, udp => udp.inject('gso', 2, errno))
      expect(gsoRefused).toBeGreaterThan(0)
      expect(notes.some(note => note.includes('GSO'))).toBe(true)
    }
  })

  test('neither trains nor lists of datagrams: one by one', async () => {
    const { sendPath, notes } = await carry(best, best, udp => {
      udp.inject('gso', 2, EIO)
      udp.inject('sendmmsg', 2, EINVAL)
    })
    expect(sendPath).toBe('sendmsg')
    expect(notes.some(note => note.includes('sendmsg'))).toBe(true)
  })

  test('a kernel that is full, again and again, costs time and nothing else', async () => {
    for (const errno of [EAGAIN, ENOBUFS]) {
      const { sendAgain, packetsLost } = await carry(best, best, udp => udp.inject('gso', 20, errno))
      expect(sendAgain).toBeGreaterThanOrEqual(20)
      expect(packetsLost).toBe(0)
    }
  })

  test('datagrams that are too long for the interface are lost, and what they carried comes again', async () => {
    const { sendErrors, notes } = await carry(best, best, udp => {
      udp.inject('gso', 3, EMSGSIZE)
      udp.inject('sendmmsg', 3, EMSGSIZE)
      udp.inject('sendmsg', 3, EMSGSIZE)
    })
    expect(sendErrors).toBeGreaterThan(0)
    expect(notes.some(note => note.includes('refused'))).toBe(true)
  })

  test('an interface that goes away for a while is a path that loses', async () => {
    for (const errno of [ENETDOWN, ENETUNREACH]) {
      const { sendErrors } = await carry(best, best, udp => udp.inject('gso', 5, errno))
      expect(sendErrors).toBeGreaterThan(0)
    }
  })

  test('lists that the kernel takes in part go on where it stopped', async () => {
    const { packetsLost } = await carry(best, best, udp => {
      udp.inject('gso', 2, EIO)
      udp.inject('sendmmsg', 30, 0, 3)
    })
    expect(packetsLost).toBe(0)
  })

  test('receiving that fails now and then goes on', async () => {
    await carry(best, best, udp => udp.inject('receive', 5, EIO))
  })
})
