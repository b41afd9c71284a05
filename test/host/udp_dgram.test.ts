// The portable socket through the suite of all sockets, and the sizes it may send.

import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { datagramBytesMaxOf } from '../../src/host/interface_mtu.ts'
import { openDgramUdp } from '../../src/host/udp_dgram.ts'
import { udpSuite } from '../suites/udp.ts'

udpSuite('node:dgram', openDgramUdp)

const at = (address: string, internal = false) => [{ address, internal } as NetworkInterfaceInfo]

describe('the largest datagram that leaves in one piece', () => {
  const interfaces = {
    lo: at('127.0.0.1', true),
    eth0: at('10.0.0.2'),
    wan: at('fd00::2'),
    jumbo: at('10.9.0.2'),
  }
  const mtus: Record<string, number> = { lo: 65_536, eth0: 1500, wan: 1400, jumbo: 9000 }
  const mtuOf = (name: string) => mtus[name]
  const table: readonly (readonly [string, number])[] = [
    ['10.0.0.2', 1472],
    ['fd00::2', 1352],
    ['fd00::2%wan', 1352],
    ['10.9.0.2', 8972],
    ['127.0.0.1', 9216],
    ['0.0.0.0', 1372],
    ['::', 1372],
    ['192.0.2.1', 1472],
    ['2001:db8::1', 1452],
  ]
  for (const [address, bytes] of table)
    test(`from ${address} it is ${bytes}`, () => {
      expect(datagramBytesMaxOf(address, interfaces, mtuOf)).toBe(bytes)
    })

  test('it is never less than every path carries (§11-1)', () => {
    expect(datagramBytesMaxOf('10.0.0.2', interfaces, () => 576)).toBe(1200)
  })

  test('an interface that does not say its MTU is taken for Ethernet', () => {
    expect(datagramBytesMaxOf('10.9.0.2', interfaces, () => undefined)).toBe(1472)
  })
})
