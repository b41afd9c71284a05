// The search for the datagram size, and the fall from it. PROTOCOL.md §11

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { second } from '../../src/base/units.ts'
import { PathMtu } from '../../src/proto/path/mtu.ts'

// Probes until nothing is left to probe, over a path that carries `pathBytes`. Returns the sizes tried.
function search(mtu: PathMtu, pathBytes: number, now = 0): number[] {
  const tried: number[] = []
  for (let size = mtu.nextProbe(now); size !== undefined; size = mtu.nextProbe(now)) {
    tried.push(size)
    mtu.onProbeSent(size)
    if (size <= pathBytes) mtu.onProbeAcked(now, size)
    else mtu.onProbeLost(now, size)
    expect(tried.length).toBeLessThan(100)
  }
  return tried
}

function raised(bytes: number): PathMtu {
  const mtu = new PathMtu(bytes)
  search(mtu, bytes)
  expect(mtu.datagramBytes).toBe(bytes)
  return mtu
}

describe('the search', () => {
  test('begins at 1200 (§11-1)', () => {
    expect(new PathMtu(9000).datagramBytes).toBe(1200)
    expect(new PathMtu(500).datagramBytes).toBe(1200)
  })

  test('tries the ceiling first, and is done when that arrives', () => {
    const mtu = new PathMtu(1472)
    expect(search(mtu, 1472)).toEqual([1472])
    expect(mtu.datagramBytes).toBe(1472)
    expect(mtu.nextProbe(3600 * second)).toBeUndefined()
  })

  test('tries each size three times before a lost probe says anything, then bisects (§10-6, §11-2)', () => {
    const mtu = new PathMtu(1472)
    expect(search(mtu, 1400).slice(0, 6)).toEqual([1472, 1472, 1472, 1336, 1404, 1404])
    expect(mtu.datagramBytes).toBeLessThanOrEqual(1400)
    expect(mtu.datagramBytes).toBeGreaterThan(1400 - 40)
  })

  test('counts the tries of each size anew', () => {
    const mtu = new PathMtu(1472)
    const probe = (size: number, isAcked: boolean): void => {
      expect(mtu.nextProbe(0)).toBe(size)
      mtu.onProbeSent(size)
      if (isAcked) mtu.onProbeAcked(0, size)
      else mtu.onProbeLost(0, size)
    }
    for (const size of [1472, 1472, 1472, 1336, 1336]) probe(size, false)
    probe(1336, true)
    for (const size of [1404, 1404]) probe(size, false)
    probe(1404, true)
    expect(mtu.datagramBytes).toBe(1404)
  })

  test('sends one probe at a time (§11-2)', () => {
    const mtu = new PathMtu(1472)
    expect(mtu.nextProbe(0)).toBe(1472)
    expect(mtu.nextProbe(0)).toBe(1472)
    mtu.onProbeSent(1472)
    expect(mtu.nextProbe(0)).toBeUndefined()
    mtu.onProbeLost(1, 1472)
    expect(mtu.nextProbe(1)).toBe(1472)
  })

  test('ends below a step of 20 bytes (§11-2)', () => {
    expect(new PathMtu(1219).nextProbe(0)).toBeUndefined()
    expect(new PathMtu(1220).nextProbe(0)).toBe(1220)
  })

  test('finds any path to within a step, never above it, in few probes', () => {
    const bytes = fc.integer({ min: 1200, max: 9216 })
    const property = fc.property(bytes, bytes, (ceiling, path) => {
      const mtu = new PathMtu(ceiling)
      const tried = search(mtu, path)
      expect(mtu.datagramBytes).toBeLessThanOrEqual(Math.max(1200, Math.min(path, ceiling)))
      expect(mtu.datagramBytes).toBeGreaterThan(Math.min(path, ceiling) - 40)
      expect(tried.length).toBeLessThanOrEqual(3 * 10)
      for (const size of tried) expect(size).toBeLessThanOrEqual(ceiling)
    })
    fc.assert(property)
  })

  test('is made again ten minutes after it ended below the ceiling', () => {
    const mtu = new PathMtu(1472)
    search(mtu, 1300)
    expect(mtu.nextProbe(599 * second)).toBeUndefined()
    search(mtu, 1472, 600 * second)
    expect(mtu.datagramBytes).toBe(1472)
  })

  test('a probe thought lost that arrives after all counts', () => {
    const mtu = new PathMtu(1472)
    mtu.onProbeSent(1472)
    mtu.onProbeLost(1, 1472)
    expect(mtu.onProbeAcked(2, 1472)).toBe(true)
    expect(mtu.datagramBytes).toBe(1472)
    expect(mtu.nextProbe(2)).toBeUndefined()
  })

  test('a ceiling that comes later is tried; a lower one is obeyed at once', () => {
    const mtu = new PathMtu(1200)
    expect(mtu.nextProbe(0)).toBeUndefined()
    mtu.setCeiling(9000)
    expect(search(mtu, 9000)).toEqual([9000])
    mtu.setCeiling(1472)
    expect(mtu.datagramBytes).toBe(1472)
    expect(mtu.onProbeAcked(0, 9000)).toBe(false)
  })
})

describe('a black hole (§11-3)', () => {
  test('is six large ones lost in a row with a small one arriving; five are not', () => {
    const five = raised(1472)
    expect(five.onLost(0, 10, 5, 1472)).toBe(false)
    expect(five.onAcked(0, 20, 100)).toBe(false)
    expect(five.datagramBytes).toBe(1472)

    const six = raised(1472)
    expect(six.onLost(0, 10, 6, 1472)).toBe(false)
    expect(six.onAcked(0, 20, 1200)).toBe(true)
    expect(six.datagramBytes).toBe(1200)
  })

  test('may be told by lost packets one by one, after the small one arrived', () => {
    const mtu = raised(1472)
    mtu.onAcked(0, 20, 100)
    for (let i = 0; i < 5; i++) expect(mtu.onLost(0, 10 + i, 1, 1201)).toBe(false)
    expect(mtu.onLost(0, 15, 1, 1201)).toBe(true)
  })

  test('is not proved by a small one sent before the first was lost', () => {
    const mtu = raised(1472)
    mtu.onAcked(0, 9, 100)
    expect(mtu.onLost(0, 10, 60, 1472)).toBe(false)
    expect(mtu.onAcked(0, 11, 100)).toBe(true)
  })

  test('is not congestion: a large one that arrives after the lost ones refutes it', () => {
    const mtu = raised(1472)
    mtu.onAcked(0, 100, 1472)
    mtu.onAcked(0, 101, 100)
    expect(mtu.onLost(0, 40, 60, 1472)).toBe(false)
    expect(mtu.onAcked(0, 102, 100)).toBe(false)

    mtu.onLost(0, 103, 5, 1472)
    mtu.onAcked(0, 110, 1472)
    mtu.onAcked(0, 111, 100)
    expect(mtu.onLost(0, 112, 5, 1472)).toBe(false)
    expect(mtu.datagramBytes).toBe(1472)
  })

  test('is not a full queue that let a small one slip in: the evidence must stand for a round trip', () => {
    const queue = raised(1472)
    queue.settleMicros = second
    queue.onLost(10, 10, 60, 1472)
    expect(queue.onAcked(10, 75, 100)).toBe(false)
    expect(queue.onAcked(second, 80, 1472)).toBe(false)
    expect(queue.onAcked(2 * second, 90, 100)).toBe(false)
    expect(queue.datagramBytes).toBe(1472)

    const hole = raised(1472)
    hole.settleMicros = second
    hole.onLost(10, 10, 60, 1472)
    expect(hole.onAcked(second + 9, 90, 100)).toBe(false)
    expect(hole.onAcked(second + 10, 91, 100)).toBe(true)
  })

  test('small ones that are lost prove nothing', () => {
    const mtu = raised(1472)
    mtu.onLost(0, 10, 60, 1200)
    expect(mtu.onAcked(0, 100, 100)).toBe(false)
  })

  test('is two probe time-outs with nothing but large ones in flight; one is not', () => {
    const mtu = raised(1472)
    expect(mtu.onProbeTimeout(0, 1, true)).toBe(false)
    expect(mtu.onProbeTimeout(0, 2, false)).toBe(false)
    expect(mtu.onProbeTimeout(0, 2, true)).toBe(true)
    expect(mtu.onProbeTimeout(0, 3, true)).toBe(false)
  })

  test('is forgotten when the search has succeeded again', () => {
    const mtu = raised(1472)
    mtu.onLost(0, 10, 6, 1472)
    expect(mtu.onAcked(0, 20, 100)).toBe(true)
    search(mtu, 1472, 60 * second)
    expect(mtu.onLost(60 * second, 30, 5, 1472)).toBe(false)
    expect(mtu.onAcked(60 * second, 40, 100)).toBe(false)
    expect(mtu.datagramBytes).toBe(1472)
  })

  test('is left alone for 60 s, then the search begins again', () => {
    const mtu = raised(1472)
    mtu.onProbeTimeout(5 * second, 2, true)
    expect(mtu.onProbeAcked(6 * second, 1472)).toBe(false)
    mtu.setCeiling(9000)
    expect(mtu.nextProbe(65 * second - 1)).toBeUndefined()
    expect(mtu.nextProbe(65 * second)).toBe(9000)
  })
})

test('whatever is told in whatever order, the size stays between 1200 and the ceiling', () => {
  const size = fc.integer({ min: 40, max: 9216 })
  const number = fc.integer({ min: 0, max: 200 })
  const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), size, number), { maxLength: 200 })
  const property = fc.property(size, events, (ceiling, list) => {
    const mtu = new PathMtu(ceiling)
    list.forEach(([kind, bytes, packet], i) => {
      const now = i * second
      const before = mtu.datagramBytes
      const probe = mtu.nextProbe(now)
      let isChanged = false
      if (kind === 0 && probe !== undefined) mtu.onProbeSent(probe)
      if (kind === 1) isChanged = mtu.onProbeAcked(now, bytes)
      if (kind === 2) mtu.onProbeLost(now, probe ?? bytes)
      if (kind === 3) isChanged = mtu.onAcked(now, packet, bytes)
      if (kind === 4) isChanged = mtu.onLost(now, packet, packet, bytes)
      if (kind === 5) isChanged = mtu.onProbeTimeout(now, packet, true)
      if (kind === 6) mtu.setCeiling(bytes)
      else expect(isChanged).toBe(mtu.datagramBytes !== before)
      expect(mtu.datagramBytes).toBeGreaterThanOrEqual(1200)
      expect(mtu.datagramBytes).toBeLessThanOrEqual(mtu.ceilingBytes)
      if (probe !== undefined) expect(probe).toBeGreaterThanOrEqual(before + 20)
    })
  })
  fc.assert(property)
})
