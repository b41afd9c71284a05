// Interfaces and addresses as the user names them.

import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { localsOf } from '../../src/net/locals.ts'

const of = (family: 'IPv4' | 'IPv6', address: string): NetworkInterfaceInfo =>
  ({ family, address, netmask: '', mac: '', internal: false, cidr: null, scopeid: 0 }) as NetworkInterfaceInfo

const interfaces = {
  eth0: [of('IPv6', 'fe80::1'), of('IPv4', '10.0.0.5'), of('IPv6', 'fd00::5')],
  wlan0: [of('IPv4', '192.168.1.9'), of('IPv6', 'fe80::9')],
}

test('an interface stands for its address of the peer’s family, an address for itself', () => {
  expect(localsOf(['eth0', 'wlan0', '10.9.9.9'], '10.0.0.1', interfaces)).toEqual([
    '10.0.0.5',
    '192.168.1.9',
    '10.9.9.9',
  ])
  expect(localsOf(['eth0'], 'fd00::1', interfaces)).toEqual(['fd00::5'])
})

test('one of the link alone is taken where there is no other', () => {
  expect(localsOf(['wlan0'], 'fe80::7%wlan0', interfaces)).toEqual(['fe80::9'])
})

test('what is no interface, or has no such address, is said with what there is', () => {
  expect(() => localsOf(['eth7'], '10.0.0.1', interfaces)).toThrow(
    /eth7 is no interface with an IPv4 address/,
  )
  expect(() => localsOf(['lo'], 'fd00::1', interfaces)).toThrow(/IPv6/)
})

test('four and no more', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `10.0.0.${i}`)
  expect(localsOf(names(4), '10.0.0.1', interfaces)).toHaveLength(4)
  expect(() => localsOf(names(5), '10.0.0.1', interfaces)).toThrow(/5 paths/)
})
