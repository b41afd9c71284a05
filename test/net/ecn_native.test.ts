// Congestion marks through the kernel: two native ends, and between them a hop that hands on the ECN field it sees in each IP
// header, changes it, or takes it off. PROTOCOL.md §10.1. Waits for events, never for time.

import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import { type Marking, MarkingRelay } from '../support/marking_relay.ts'
import { host as best, newKeys, Owner, painted, world } from './pair.ts'

const hasAddon = udpAddon(native().addon) !== undefined
const portable = await createHost({ addon: undefined, path: undefined, why: 'a test' })

/** 4 MiB from one host to the other through the relay; what both ends make of it. */
async function carry(marking: Marking, from: Host = best, to: Host = best) {
  const there = await world({ host: to })
  const relay = await MarkingRelay.open({ host: '127.0.0.1', port: there.listener.address.port }, marking)
  const { host: hostName, port } = relay.address
  const link = await there.connect({ host: from, keys: newKeys(), hostName, port })
  new Owner(link)
  await there.arrived(1)
  const reader = there.owners[0]!
  const bytes = painted(4 * MiB)
  const literal = link.openLiteral()!
  for (let at = 0; at < bytes.length; at += MiB) literal.write(bytes.subarray(at, at + MiB))
  literal.end()
  await reader.until(() => reader.slabs.some(({ isLast }) => isLast) && reader.slabBytes === bytes.length)
  await link.finish()
  const result = { sender: link.diagnosis, receiver: reader.link.diagnosis, came: relay.came }
  await there.listener.close()
  await relay.close()
  return result
}

const same: Marking = ecn => ecn

describe.skipIf(!hasAddon)('marks through the kernel', () => {
  test('are set, seen and told, and a path that keeps them is capable', async () => {
    const { sender, receiver, came } = await carry(same)
    expect(sender).toMatchObject({ ecn: 'capable', marksReported: 0 })
    expect(receiver).toMatchObject({ ecn: 'capable', marksSeen: 0 })
    // all but the handshake
    expect(came[2]).toBeGreaterThanOrEqual(sender.packetsSent - 3)
    expect([came[1], came[3]]).toEqual([0, 0])
  })

  test('CE on one in twenty is counted packet by packet, and told', async () => {
    let marked = 0
    const { sender, receiver } = await carry((ecn, count) => {
      if (ecn !== 2 || count % 20 !== 10) return ecn
      marked++
      return 3
    })
    expect(marked).toBeGreaterThan(10)
    expect(sender.ecn).toBe('capable')
    // those that the socket had no room for, or that came when all was said, are not told
    expect(receiver.marksSeen).toBeGreaterThan(marked / 2)
    expect(receiver.marksSeen).toBeLessThanOrEqual(marked)
    expect(sender.marksReported).toBeGreaterThan(0)
    expect(sender.marksReported).toBeLessThanOrEqual(receiver.marksSeen)
  })

  test('that are taken off are noticed, said, and gone without (§10.1-4)', async () => {
    const { sender } = await carry(() => 0)
    expect(sender.ecn).toBe('failed')
    expect(sender.notes.join()).toMatch(/ECN/)
  })

  test('are not set for an end that does not see them (§10.1-1)', async () => {
    const { sender, came } = await carry(same, best, portable)
    expect(sender.ecn).toBe('off')
    expect([came[1], came[2], came[3]]).toEqual([0, 0, 0])
  })

  test('are not set by an end that cannot', async () => {
    const { sender, came } = await carry(same, portable, best)
    expect(sender).toMatchObject({ ecn: 'off', marksReported: 0 })
    expect(came[2]).toBe(0)
  })
})
