// Each piece of simulated path does what it says, measured; a broken network would make every other test here lie.

import { describe, expect, test } from 'vitest'
import type { Node, Outlet } from '../../netsim/node.ts'
import { Burst } from '../../netsim/nodes/burst.ts'
import { Corrupt } from '../../netsim/nodes/corrupt.ts'
import { Delay } from '../../netsim/nodes/delay.ts'
import { Duplicate } from '../../netsim/nodes/duplicate.ts'
import { Inject } from '../../netsim/nodes/inject.ts'
import { Loss } from '../../netsim/nodes/loss.ts'
import { Mtu } from '../../netsim/nodes/mtu.ts'
import { Partition } from '../../netsim/nodes/partition.ts'
import { Queue } from '../../netsim/nodes/queue.ts'
import { Reorder } from '../../netsim/nodes/reorder.ts'
import { Repeat } from '../../netsim/nodes/repeat.ts'
import { Rewrite } from '../../netsim/nodes/rewrite.ts'
import { Wander } from '../../netsim/nodes/wander.ts'
import { simulate } from '../../netsim/simulate.ts'
import { Prng } from '../../src/base/prng.ts'
import { type Micros, millisecond, never, second } from '../../src/base/units.ts'

/** Sends numbered datagrams evenly, and writes down what comes out of the node under test and when. */
class Probe implements Node {
  readonly name = 'probe'
  readonly arrivals: { at: Micros; number: number; bytes: Uint8Array }[] = []
  readonly #count: number
  readonly #everyMicros: Micros
  readonly #datagramBytes: number
  #sent = 0

  constructor(count: number, everyMicros: Micros, datagramBytes = 100) {
    this.#count = count
    this.#everyMicros = everyMicros
    this.#datagramBytes = datagramBytes
  }

  get wakeAt(): Micros {
    return this.#sent < this.#count ? this.#sent * this.#everyMicros : never
  }

  get isDone(): boolean {
    return this.#sent === this.#count
  }

  handleWake(_now: Micros, next: Outlet): void {
    const datagram = new Uint8Array(this.#datagramBytes)
    new DataView(datagram.buffer).setUint32(4, this.#sent++)
    next.push(datagram)
  }

  handleDatagram(now: Micros, bytes: Uint8Array): void {
    const number = bytes.length < 8 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(4)
    this.arrivals.push({ at: now, number, bytes })
  }

  get numbers(): number[] {
    return this.arrivals.map(arrival => arrival.number)
  }
}

// A probe after the last datagram keeps the ring turning until the node under test is empty.
class Linger implements Node {
  readonly name = 'linger'
  wakeAt: Micros
  isDone = false

  constructor(at: Micros) {
    this.wakeAt = at
  }

  handleWake(): void {
    this.wakeAt = never
    this.isDone = true
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    next.push(datagram)
  }
}

function pass(node: Node, probe: Probe): Probe {
  simulate({ nodes: [probe, node, new Linger(100_000 * second)], untilMicros: 200_000 * second })
  return probe
}

const count = 20_000
const prng = (): Prng => new Prng(7)

describe('delay', () => {
  test('adds its delay to every datagram and keeps their order', () => {
    const probe = pass(new Delay({ micros: 30 * millisecond }, prng()), new Probe(count, 10))
    expect(probe.arrivals.length).toBe(count)
    for (const [i, { at, number }] of probe.arrivals.entries()) {
      expect(number).toBe(i)
      expect(at).toBe(i * 10 + 30 * millisecond)
    }
  })

  test('spreads jitter evenly over its width', () => {
    const options = { micros: 30 * millisecond, jitterMicros: 10 * millisecond, keepsOrder: false }
    const probe = pass(new Delay(options, prng()), new Probe(count, 20 * millisecond))
    const delays = probe.arrivals.map(({ at, number }) => at - number * 20 * millisecond)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(30 * millisecond)
    expect(Math.max(...delays)).toBeLessThanOrEqual(40 * millisecond)
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / count
    expect(Math.abs(mean - 35 * millisecond)).toBeLessThan(0.1 * millisecond)
  })

  test('reorders by jitter only when order need not be kept', () => {
    const options = { micros: 30 * millisecond, jitterMicros: 10 * millisecond }
    const kept = pass(new Delay(options, prng()), new Probe(count, millisecond)).numbers
    const mixed = pass(
      new Delay({ ...options, keepsOrder: false }, prng()),
      new Probe(count, millisecond),
    ).numbers
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
    expect(mixed).not.toEqual(kept)
    expect(mixed.toSorted((a, b) => a - b)).toEqual(kept)
  })
})

test('wander drifts over all of its width, in no leap, and keeps order', () => {
  const options = { micros: 30 * millisecond, jitterMicros: 20 * millisecond }
  const probe = pass(new Wander(options, prng()), new Probe(count, 10 * millisecond))
  expect(probe.numbers).toEqual(Array.from({ length: count }, (_, i) => i))
  const delays = probe.arrivals.map(({ at, number }) => at - number * 10 * millisecond)
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(10 * millisecond)
  expect(Math.min(...delays)).toBeLessThan(12 * millisecond)
  expect(Math.max(...delays)).toBeLessThanOrEqual(50 * millisecond)
  expect(Math.max(...delays)).toBeGreaterThan(48 * millisecond)
  const leaps = delays.slice(1).map((delay, i) => Math.abs(delay - delays[i]!))
  expect(Math.max(...leaps)).toBeLessThanOrEqual(5 * millisecond + 1)
})

describe('loss', () => {
  test('drops the share it is told to, one by one', () => {
    const probe = pass(new Loss(0.1, prng()), new Probe(count, 10))
    expect(1 - probe.arrivals.length / count).toBeCloseTo(0.1, 1.7)
    // independent losses in a row are rare: runs of mean 1 / (1 - 0.1)
    expect(meanRun(probe.numbers)).toBeCloseTo(1.11, 1)
  })

  test('drops all or nothing at the ends of its range', () => {
    expect(pass(new Loss(1, prng()), new Probe(100, 10)).arrivals.length).toBe(0)
    expect(pass(new Loss(0, prng()), new Probe(100, 10)).arrivals.length).toBe(100)
  })

  test('begins when it is told to', () => {
    expect(pass(new Loss(1, prng(), 50), new Probe(10, 10)).numbers).toEqual([0, 1, 2, 3, 4])
  })

  test('repeats itself from the same seed and not from another', () => {
    const run = (seed: number) => pass(new Loss(0.5, new Prng(seed)), new Probe(1000, 10)).numbers
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })
})

test('burst loses the share it is told to, in runs of the length it is told', () => {
  const probe = pass(new Burst({ rate: 0.05, burstDatagrams: 8 }, prng()), new Probe(200_000, 10))
  expect(1 - probe.arrivals.length / 200_000).toBeCloseTo(0.05, 1.7)
  expect(Math.abs(meanRun(probe.numbers) - 8)).toBeLessThan(0.5)
})

test('burst ends by its time when nobody sends', () => {
  // every burst would be thousands of datagrams long; at one a second, each ends before the next datagram
  const options = { rate: 0.5, burstDatagrams: 10_000, burstMicrosMax: second }
  const probe = pass(new Burst(options, prng()), new Probe(count, second))
  expect(meanRun(probe.numbers)).toBeLessThan(1.01)
  expect(probe.arrivals.length).toBeLessThan(count)
})

describe('queue', () => {
  test('lets datagrams out at its rate, headers included', () => {
    // 972 + 28 bytes at 8 Mbit/s: one a millisecond
    const queue = new Queue({ bitsPerSecond: 8e6, bytesMax: 1e6 })
    const probe = pass(queue, new Probe(500, 0, 972))
    expect(probe.arrivals.map(({ at }) => at)).toEqual(probe.arrivals.map((_, i) => (i + 1) * millisecond))
  })

  test('counts what the link carries beside, where it is told', () => {
    // 958 + 42
    const queue = new Queue({ bitsPerSecond: 8e6, bytesMax: 1e6, overheadBytes: 42 })
    const probe = pass(queue, new Probe(3, 0, 958))
    expect(probe.arrivals.map(({ at }) => at)).toEqual([1, 2, 3].map(i => i * millisecond))
  })

  test('takes what just fits its bound and drops one byte more', () => {
    const run = (bytesMax: number) => {
      const queue = new Queue({ bitsPerSecond: 8e6, bytesMax })
      return { numbers: pass(queue, new Probe(20, 0, 1000)).numbers, dropped: queue.dropped }
    }
    expect(run(10_000)).toEqual({ numbers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], dropped: 10 })
    expect(run(9_999)).toEqual({ numbers: [0, 1, 2, 3, 4, 5, 6, 7, 8], dropped: 11 })
  })

  test('is transparent below its rate', () => {
    const probe = pass(new Queue({ bitsPerSecond: 8e6, bytesMax: 1000 }), new Probe(1000, 1001, 972))
    expect(probe.arrivals.length).toBe(1000)
  })
})

test('reorder holds its share back and loses none', () => {
  const reorder = new Reorder({ rate: 0.1, holdMicros: 500 }, prng())
  const probe = pass(reorder, new Probe(count, 100))
  expect(reorder.touched / count).toBeCloseTo(0.1, 1.7)
  expect(probe.numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
  const late = probe.arrivals.filter(({ at, number }) => at !== number * 100)
  expect(late.length).toBe(reorder.touched)
  expect(late.every(({ at, number }) => at === number * 100 + 500)).toBe(true)
})

test('duplicate sends its share twice, as copies of their own', () => {
  const duplicate = new Duplicate({ rate: 0.1, lateMicros: 50 }, prng())
  const probe = pass(duplicate, new Probe(count, 100))
  expect(duplicate.touched / count).toBeCloseTo(0.1, 1.7)
  expect(probe.arrivals.length).toBe(count + duplicate.touched)
  expect(new Set(probe.arrivals.map(({ bytes }) => bytes.buffer)).size).toBe(probe.arrivals.length)
})

test('corrupt flips exactly one bit of its share', () => {
  const corrupt = new Corrupt(0.1, prng())
  const clean = pass(new Delay({ micros: 0 }, prng()), new Probe(count, 100, 40)).arrivals
  const probe = pass(corrupt, new Probe(count, 100, 40))
  expect(corrupt.touched / count).toBeCloseTo(0.1, 1.7)
  const flipped = probe.arrivals.map(({ bytes }, i) => bitsApart(bytes, clean[i]!.bytes))
  expect(flipped.filter(bits => bits === 1).length).toBe(corrupt.touched)
  expect(flipped.every(bits => bits <= 1)).toBe(true)
})

describe('mtu', () => {
  test('passes its size and drops one byte more', () => {
    expect(pass(new Mtu({ datagramBytesMax: 1280 }), new Probe(10, 10, 1280)).arrivals.length).toBe(10)
    expect(pass(new Mtu({ datagramBytesMax: 1280 }), new Probe(10, 10, 1281)).arrivals.length).toBe(0)
  })

  test('begins when it is told to', () => {
    const probe = pass(new Mtu({ datagramBytesMax: 1280, fromMicros: 50 }), new Probe(10, 10, 1400))
    expect(probe.numbers).toEqual([0, 1, 2, 3, 4])
  })
})

test('partition drops all during its windows and nothing outside', () => {
  const partition = new Partition([
    { fromMicros: 20, toMicros: 40 },
    { fromMicros: 70, toMicros: 80 },
  ])
  expect(pass(partition, new Probe(10, 10)).numbers).toEqual([0, 1, 4, 5, 6, 8, 9])
})

test('inject adds datagrams and takes none away', () => {
  const inject = new Inject({ rate: 0.2, kinds: ['garbage', 'forged', 'truncated', 'replayed'] }, prng())
  const probe = pass(inject, new Probe(count, 100))
  expect(inject.touched / count).toBeCloseTo(0.2, 1.7)
  expect(probe.arrivals.length).toBe(count + inject.touched)
  expect(new Set(probe.numbers).size).toBeGreaterThanOrEqual(count)
})

test('repeat records one datagram of its type and sends it again, so often', () => {
  const probe = pass(new Repeat({ type: 0, everyMicros: 15, times: 3 }), new Probe(4, 10))
  expect(probe.numbers).toEqual([0, 1, 0, 2, 3, 0, 0])
})

test('rewrite changes its bytes in its type and in no other', () => {
  const changed = pass(new Rewrite({ type: 0, at: 4, bytes: [9, 9] }), new Probe(1, 10)).arrivals[0]!.bytes
  expect([...changed.subarray(0, 8)]).toEqual([0, 0, 0, 0, 9, 9, 0, 0])
  const same = pass(new Rewrite({ type: 1, at: 4, bytes: [9, 9] }), new Probe(1, 10)).arrivals[0]!.bytes
  expect([...same.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
})

// The mean length of the runs of missing numbers.
function meanRun(numbers: readonly number[]): number {
  const runs = numbers.flatMap((number, i) =>
    number - (numbers[i - 1] ?? -1) > 1 ? [number - (numbers[i - 1] ?? -1) - 1] : [],
  )
  return runs.reduce((sum, run) => sum + run, 0) / runs.length
}

function bitsApart(a: Uint8Array, b: Uint8Array): number {
  let bits = 0
  for (let i = 0; i < a.length; i++) for (let x = a[i]! ^ b[i]!; x; x &= x - 1) bits++
  return bits
}
