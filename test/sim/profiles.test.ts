// The table of links, and what the three that read it make of a row: simulated hops, the emulator's word, netem's words.

import { describe, expect, test } from 'vitest'
import { emulatorWord } from '../../netsim/emulator_words.ts'
import { buildHop, prngOf } from '../../netsim/hops.ts'
import { netemWords } from '../../netsim/netem_words.ts'
import type { Node, Outlet } from '../../netsim/node.ts'
import { hopsOf } from '../../netsim/profile_hops.ts'
import { type LinkProfile, profileNamed, profileNames, profiles } from '../../netsim/profiles.ts'
import { simulate } from '../../netsim/simulate.ts'
import { KiB, type Micros, millisecond, never, second } from '../../src/base/units.ts'

const rows: readonly LinkProfile[] = profiles

/** Sends `count` datagrams, so far apart, and notes how long each took. */
class Probe implements Node {
  readonly name = 'probe'
  readonly tookMicros: Micros[] = []
  readonly #count: number
  readonly #everyMicros: Micros
  readonly #bytes: number
  #sent = 0
  #isOver = false

  constructor(count: number, everyMicros: Micros, bytes: number) {
    this.#count = count
    this.#everyMicros = everyMicros
    this.#bytes = bytes
  }

  // a last wake-up after all that may still come
  get wakeAt(): Micros {
    if (this.#isOver) return never
    return this.#sent < this.#count
      ? this.#sent * this.#everyMicros
      : this.#sent * this.#everyMicros + 10 * second
  }

  get isDone(): boolean {
    return this.#isOver
  }

  handleWake(now: Micros, next: Outlet): void {
    if (this.#sent === this.#count) {
      this.#isOver = true
      return
    }
    this.#sent++
    const datagram = new Uint8Array(this.#bytes)
    new DataView(datagram.buffer).setFloat64(0, now)
    next.push(datagram)
  }

  handleDatagram(now: Micros, bytes: Uint8Array): void {
    this.tookMicros.push(now - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0))
  }
}

const packets = 20_000

function pass(profile: LinkProfile, bytes = 1200): Micros[] {
  const probe = new Probe(packets, millisecond, bytes)
  const hops = hopsOf(profile).map((hop, index) => buildHop(hop, prngOf(1, index)))
  simulate({ nodes: [probe, ...hops], untilMicros: 1000 * second })
  return probe.tookMicros
}

describe('the table', () => {
  test('has every link once', () => {
    expect(new Set(profileNames).size).toBe(rows.length)
    expect(profileNamed('wan').rateMegabits).toBe(200)
  })

  for (const { name, rateMegabits, delayMillis, queueBytes, jitterMillis = 0, mtuBytes = 1500 } of rows) {
    test(`${name} has a queue of one bandwidth-delay product or 256 KiB, and numbers that go together`, () => {
      expect(queueBytes).toBe(Math.max(256 * KiB, (rateMegabits * 1000 * 2 * delayMillis) / 8))
      expect(jitterMillis).toBeLessThanOrEqual(delayMillis)
      expect(mtuBytes).toBeGreaterThanOrEqual(1280)
    })
  }
})

describe('in the simulator', () => {
  for (const profile of rows) {
    const { name, lossPercent = 0, burst, delayMillis, jitterMillis = 0, rateMegabits } = profile
    test(`${name} loses its share and takes its time`, () => {
      const took = pass(profile)
      const inBursts = burst ? burst.enterPercent / (burst.enterPercent + burst.leavePercent) : 0
      const wanted = lossPercent / 100 + inBursts
      // losses that come in bursts hang together: (2 - leave) / leave times the variance
      const widening = burst ? (200 - burst.leavePercent) / burst.leavePercent : 1
      const spread = 4 * Math.sqrt((widening * wanted * (1 - wanted)) / packets)
      expect(Math.abs(1 - took.length / packets - wanted)).toBeLessThanOrEqual(spread)
      // an IPv4 and a UDP header, and what each packet costs the wire
      const sendingMillis = ((1200 + 28 + 14) * 8) / 1000 / rateMegabits
      const least = Math.min(...took) / millisecond
      expect(least).toBeGreaterThanOrEqual(delayMillis - jitterMillis + sendingMillis - 0.001)
      if (jitterMillis === 0) expect(least).toBeLessThan(delayMillis + sendingMillis + 0.002)
    })
  }

  test('packets above the size of a black hole vanish, those just below pass', () => {
    const hole = { ...profileNamed('blackhole-mtu'), lossPercent: 0 }
    expect(pass(hole, 1300 - 28).length).toBe(packets)
    expect(pass(hole, 1301 - 28).length).toBe(0)
  })

  test('what a checksum would catch is lost, and silent damage arrives', () => {
    const clean = { ...profileNamed('slow-100'), corruptPercent: 50 }
    expect(pass({ ...clean, corruptKind: 'caught' }).length).toBeLessThan(packets * 0.55)
    expect(pass({ ...clean, corruptKind: 'silent' }).length).toBe(packets)
  })

  test('jitter by packet stays within its width', () => {
    const took = pass({ ...profileNamed('slow-100'), jitterMillis: 4, jitterKind: 'packet' })
    expect(Math.min(...took)).toBeGreaterThanOrEqual(6 * millisecond)
    expect(Math.max(...took)).toBeLessThan(14.2 * millisecond)
    expect(Math.max(...took) - Math.min(...took)).toBeGreaterThan(7.9 * millisecond)
  })
})

describe("the emulator's word", () => {
  test('says what a row says, and nothing of what it does not', () => {
    expect(emulatorWord(profileNamed('lan'))).toBe('rate-megabits=1000,delay-millis=0.2,queue-bytes=262144')
    expect(emulatorWord(profileNamed('mobile'))).toBe(
      'rate-megabits=20,delay-millis=30,jitter-millis=20,burst-enter-percent=0.773,burst-leave-percent=25,' +
        'queue-bytes=262144',
    )
    expect(emulatorWord(profileNamed('reordering'))).toContain('reorder-percent=2,reorder-millis=3')
    expect(emulatorWord(profileNamed('blackhole-mtu'))).toContain('drop-above-bytes=1300')
  })

  test('has a default where a row is silent, and no limit for an infinite rate', () => {
    const rest = { name: 'x', why: 'x', delayMillis: 0, queueBytes: 1 }
    const word = emulatorWord({ ...rest, rateMegabits: Number.POSITIVE_INFINITY, reorderPercent: 1 })
    expect(word).toBe('rate-megabits=0,delay-millis=0,reorder-percent=1,reorder-millis=1,queue-bytes=1')
  })
})

// netem itself is not in the kernels these tests were written on
describe("netem's words", () => {
  test('say a rate, a delay and random loss', () => {
    const { words, lacks } = netemWords(profileNamed('wan'))
    // 2 MB that wait and 1 MB that is under way, in packets of 1500
    expect(words.join(' ')).toBe('limit 2000 delay 40ms loss random 0.1% rate 200mbit')
    expect(lacks).toEqual(['the queue is bounded in packets, and lost ones take no time of the link'])
  })

  test('say bursts as a Gilbert-Elliott model, and jitter', () => {
    const { words } = netemWords(profileNamed('mobile'))
    expect(words.join(' ')).toBe('limit 259 delay 30ms 20ms loss gemodel 0.773% 25% rate 20mbit')
  })

  test('do without a rate where there is no limit', () => {
    const link = { ...profileNamed('lan'), rateMegabits: Number.POSITIVE_INFINITY, duplicatePercent: 1 }
    expect(netemWords(link).words.join(' ')).toBe('limit 342 delay 0.2ms duplicate 1%')
    expect(netemWords(link).lacks).toEqual([])
  })

  test('name what netem cannot do', () => {
    expect(netemWords(profileNamed('blackhole-mtu')).lacks).toContain('no size above which packets vanish')
    expect(netemWords(profileNamed('reordering')).lacks).toContain(
      'reordered packets come early by the whole delay, not late',
    )
    const silent = { ...profileNamed('lan'), corruptPercent: 1, corruptKind: 'silent' as const }
    expect(netemWords(silent).lacks).toContain('no repair of checksums')
    const jittery = { ...profileNamed('mobile'), jitterKind: 'packet' as const }
    expect(netemWords(jittery).lacks).toContain('jitter with a rate keeps order')
    const { rateMegabits: _, ...rest } = profileNamed('mobile')
    expect(netemWords({ ...rest, rateMegabits: Number.POSITIVE_INFINITY }).lacks).toEqual([
      'jitter without a rate reorders',
    ])
    expect(() => netemWords({ ...profileNamed('mobile'), lossPercent: 1 })).toThrow('one kind of loss')
  })
})
