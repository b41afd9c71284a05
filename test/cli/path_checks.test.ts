// What a look at a peer comes to: each line, when it warns and what it tells to do then.

import { expect, test } from 'vitest'
import { pathChecks } from '../../src/cli/path_checks.ts'
import type { PathReport } from '../../src/transfer/probe.ts'

const good: PathReport = {
  peerId: 'xmcfrpxokut7cvbporuxszl7fsanoy662uwacly5wkn5nem4iaca',
  isPinned: true,
  carrier: 'udp',
  suite: 'AEGIS-128L',
  ownSuite: 'AEGIS-128L',
  datagramBytes: 1452,
  datagramBytesMax: 1452,
  rttMicros: 1230,
  rttMicrosMin: 40,
  packetsSent: 100,
  packetsLost: 0,
}
const of = (name: string, more: Partial<PathReport> = {}) =>
  pathChecks('laptop', { ...good, ...more }).find(check => check.name === name)

test('a good path is six good lines', () => {
  const checks = pathChecks('laptop', good)
  expect(checks.map(({ name, status }) => [name, status])).toEqual([
    ['peer', 'ok'],
    ['carrier', 'ok'],
    ['cipher', 'ok'],
    ['rtt', 'ok'],
    ['loss', 'ok'],
    ['datagrams', 'ok'],
  ])
  for (const check of checks) expect(check).not.toHaveProperty('fix')
})
test('the peer is shown by its fingerprint, and whether it is the pinned one', () => {
  expect(of('peer')?.says).toMatch(/laptop answers; .* xmcf-rpxo-kut7-cvbp, the key pinned for it/)
  expect(of('peer', { isPinned: false })?.says).toMatch(/first contact: compare/)
})
test('a slower cipher than ours says whose fault it is', () => {
  expect(of('cipher', { suite: 'AES-256-GCM' })).toMatchObject({
    status: 'warn',
    fix: expect.stringMatching(/there$/),
  })
})
test('the round trip is told in thousandths of a second', () => {
  expect(of('rtt')).toMatchObject({
    says: '1.23 ms, at the least 0.04 ms',
    facts: { rtt_seconds: 0.00123, rtt_seconds_least: 0.00004 },
  })
})
test('loss: one in a hundred just passes, and two just fail', () => {
  expect(of('loss', { packetsLost: 1 })).toMatchObject({ status: 'ok', says: '1 of 100 packets, 1.0 %' })
  expect(of('loss', { packetsLost: 2 })).toMatchObject({
    status: 'warn',
    fix: expect.stringMatching(/radio/),
  })
})
test('datagrams: what Ethernet carries just passes, a tunnel just fails', () => {
  const jumbo = { datagramBytesMax: 8952 }
  expect(of('datagrams', { ...jumbo, datagramBytes: 1452 })?.status).toBe('ok')
  expect(of('datagrams', { ...jumbo, datagramBytes: 1451 })).toMatchObject({
    status: 'warn',
    fix: expect.stringMatching(/MTU/),
  })
  // the search does not take the last steps
  expect(of('datagrams', { datagramBytes: 1413 })?.status).toBe('ok')
  expect(of('datagrams', { datagramBytes: 1412 })?.status).toBe('warn')
})

test('TCP is said, and what to do about it', () => {
  const check = of('carrier', { carrier: 'tcp' })
  expect(check).toMatchObject({ status: 'warn', facts: { carrier: 'tcp' } })
  expect(check?.fix).toContain('--transport tcp')
})
