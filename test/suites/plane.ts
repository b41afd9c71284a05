// What every data plane must do, with real ciphers and real payload memory: a function of the factory, so that the
// portable and the native one go through the same tests, and speak with each other. PROTOCOL.md §4, §6.3 to §6.5.

import { beforeEach, describe, expect, test } from 'vitest'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { MemoryPayloads } from '../../src/host/payloads.ts'
import { SlabPool, slabBytes } from '../../src/host/slabs.ts'
import type { DropReason, Plane, PlaneReport, Run } from '../../src/proto/plane/plane.ts'
import { PortablePlane } from '../../src/proto/plane/portable.ts'

export type PlaneFactory = (payloads: MemoryPayloads) => Plane

export const portable: PlaneFactory = payloads => new PortablePlane(payloads, createNodeAead())

const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const stream = 1

export const phaseKeys = (phase: number) => ({
  suite: 1,
  key: new Uint8Array(32).fill(phase + 1),
  iv: new Uint8Array(12).fill(phase + 101),
})

export const painted = (offset: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (offset + i) % 251)

export class Said implements PlaneReport {
  readonly #counting: unknown[] = []
  readonly #aside: unknown[] = []
  // nothing is said of path 0
  #by: { readonly path?: number } = {}
  onPath(path: number): void {
    this.#by = path === 0 ? {} : { path }
  }
  frames(number: number, phase: number, frames: Uint8Array, datagramBytes: number): void {
    this.#counting.push({ frames: [...frames], number, phase, datagramBytes, ...this.#by })
  }
  data(first: number, packets: number, phase: number, of: number, offset: number, length: number): void {
    this.#counting.push({ first, packets, phase, of, offset, length, ...this.#by })
  }
  outside(number: number, phase: number, of: number, offset: number, length: number): void {
    this.#counting.push({ outside: number, phase, of, offset, length, ...this.#by })
  }
  dropped(reason: DropReason): void {
    this.#aside.push(reason)
  }
  foreign(datagram: Uint8Array): void {
    this.#aside.push({ foreign: [...datagram] })
  }

  /** Ranges that go on as one, for a plane may cut them where it likes; then what did not count, in order. */
  get summed(): unknown[] {
    const ranges: unknown[] = []
    for (const one of this.#counting) {
      const last = ranges.at(-1)
      if (isRange(last) && isRange(one) && goesOn(last, one)) {
        ranges[ranges.length - 1] = {
          ...last,
          packets: last.packets + one.packets,
          length: last.length + one.length,
        }
      } else ranges.push(one)
    }
    return [...ranges, ...this.#aside]
  }
}

interface Range {
  readonly first: number
  readonly packets: number
  readonly phase: number
  readonly offset: number
  readonly length: number
  readonly path?: number
}

const isRange = (one: unknown): one is Range => typeof one === 'object' && one !== null && 'packets' in one
const goesOn = (last: Range, next: Range): boolean =>
  last.first + last.packets === next.first &&
  last.offset + last.length === next.offset &&
  last.phase === next.phase &&
  last.path === next.path

/** A sender and a receiver of one direction. */
export class Direction {
  readonly sent: Uint8Array[] = []
  readonly sender: Plane
  readonly receiver: Plane
  readonly incoming = new MemoryPayloads(new SlabPool())
  readonly #outgoing = new MemoryPayloads(new SlabPool())

  constructor(sealing: PlaneFactory, opening: PlaneFactory, lengthBytes = 4 * slabBytes) {
    // in pieces of odd sizes, so that trains lie across their borders
    for (let at = 0, size = 1; at < lengthBytes; size = (size * 7) % 60_013) {
      const length = Math.min(size, lengthBytes - at)
      this.#outgoing.append(stream, painted(at, length))
      at += length
    }
    this.sender = sealing(this.#outgoing)
    this.receiver = opening(this.incoming)
    this.sender.setDestination(id)
    this.sender.useSendKeys(0, phaseKeys(0))
    this.receiver.addReceiveKeys(0, phaseKeys(0))
    this.receiver.addReceiveKeys(1, phaseKeys(1))
    this.receiver.setReceiveWindow(stream, 0, lengthBytes)
  }

  train(
    firstPacket: number,
    packets: number,
    offset: number,
    payloadBytes = 1000,
    shorter = 0,
    path = 0,
  ): void {
    const lengthBytes = packets * payloadBytes - shorter
    const train = { path, firstPacket, packets, stream, offset, lengthBytes, payloadBytes }
    this.sender.sealTrain(train, { push: datagram => void this.sent.push(datagram.slice()) })
  }

  frames(number: number, bytes: Uint8Array, path = 0): void {
    this.sender.sealFrames(number, bytes, { push: datagram => void this.sent.push(datagram.slice()) }, path)
  }

  open(datagrams: readonly Uint8Array[] = this.sent.splice(0)): unknown[] {
    const said = new Said()
    this.receiver.open(
      datagrams.map(datagram => datagram.slice()),
      said,
    )
    return said.summed
  }

  openRuns(runs: readonly Run[]): unknown[] {
    const said = new Said()
    this.receiver.openRuns(id, runs, said)
    return said.summed
  }

  /** What lies in the receiver's memory. */
  stored(offset: number, length: number): Uint8Array {
    const index = Math.floor(offset / slabBytes)
    const at = offset - index * slabBytes
    return this.incoming.slab(stream, index)?.slice(at, at + length) ?? new Uint8Array(0)
  }
}

/** Datagrams of one size one after another, as GRO joins them. */
export function joined(datagrams: readonly Uint8Array[]): Run {
  const segmentBytes = datagrams[0]?.length ?? 1
  const bytes = new Uint8Array(datagrams.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const datagram of datagrams) {
    bytes.set(datagram, at)
    at += datagram.length
  }
  return { bytes, segmentBytes }
}

export function planeSuite(name: string, sealing: PlaneFactory, opening: PlaneFactory): void {
  describe(name, () => {
    let way: Direction
    beforeEach(() => {
      way = new Direction(sealing, opening)
    })

    test('a train arrives as one range, its bytes in their place', () => {
      way.train(0, 64, 0)
      expect(way.open()).toEqual([{ first: 0, packets: 64, phase: 0, of: stream, offset: 0, length: 64_000 }])
      expect(way.stored(0, 64_000)).toEqual(painted(0, 64_000))
    })

    test('the last packet of a train may be shorter, and a train may lie across slabs', () => {
      const offset = slabBytes - 1500
      way.train(7, 3, offset, 1000, 999)
      expect(way.sent.map(({ length }) => length)).toEqual([1038, 1038, 39])
      expect(way.open()).toMatchObject([{ first: 7, packets: 3, offset, length: 2001 }])
      expect(way.stored(offset, 1500)).toEqual(painted(offset, 1500))
      expect(way.stored(slabBytes, 501)).toEqual(painted(slabBytes, 501))
    })

    test('frames come as they were, between ranges in order of arrival', () => {
      way.train(0, 2, 0)
      way.frames(2, Uint8Array.of(1, 2, 3))
      way.train(3, 1, 2000)
      expect(way.open()).toEqual([
        { first: 0, packets: 2, phase: 0, of: stream, offset: 0, length: 2000 },
        { frames: [1, 2, 3], number: 2, phase: 0, datagramBytes: 33 },
        { first: 3, packets: 1, phase: 0, of: stream, offset: 2000, length: 1000 },
      ])
    })

    test('runs say the same as datagrams', () => {
      way.train(0, 45, 0)
      const first = joined(way.sent.splice(0))
      way.train(45, 20, 45_000, 1000, 300)
      const said = way.openRuns([first, joined(way.sent.splice(0))])
      const total = said.reduce((sum: number, one) => sum + ((one as { length?: number }).length ?? 0), 0)
      expect(total).toBe(64_700)
      expect(way.stored(0, 64_700)).toEqual(painted(0, 64_700))
    })

    test('a run with a datagram for somebody else hands it back as it came', () => {
      way.train(0, 3, 0)
      const other = way.sent[1]!
      other[1] = 99
      const run = joined(way.sent.splice(0))
      expect(way.openRuns([run])).toEqual([
        { first: 0, packets: 1, phase: 0, of: stream, offset: 0, length: 1000 },
        { first: 2, packets: 1, phase: 0, of: stream, offset: 2000, length: 1000 },
        { foreign: [...other] },
      ])
    })

    test('frames of a run may be kept although its memory is used again', () => {
      way.frames(0, Uint8Array.of(9, 8, 7))
      const run = joined(way.sent.splice(0))
      const said = way.openRuns([run])
      run.bytes.fill(0xff)
      expect(said).toEqual([{ frames: [9, 8, 7], number: 0, phase: 0, datagramBytes: 33 }])
    })

    test('what was opened before is dropped as replayed, also twice within a batch (§6.4-1)', () => {
      way.train(0, 2, 0)
      const [a, b] = way.sent.splice(0) as [Uint8Array, Uint8Array]
      expect(way.open([a, a, b])).toMatchObject([{ first: 0, packets: 2 }, 'replayed'])
      expect(way.open([a, b])).toEqual(['replayed', 'replayed'])
    })

    test('numbers older than the window are dropped (§6.4-2)', () => {
      way.train(0, 1, 0)
      const [old] = way.sent.splice(0)
      way.train(4096, 1, 1000)
      expect(way.open()).toMatchObject([{ first: 4096 }])
      expect(way.open([old!])).toEqual(['replayed'])
    })

    test('a flipped bit anywhere is forged, replayed or malformed, and never believed (§6.3-4)', () => {
      way.train(0, 1, 0)
      const [packet] = way.sent.splice(0) as [Uint8Array]
      for (let bit = 0; bit < 8 * packet.length; bit += bit < 8 * 40 ? 1 : 97) {
        const bent = packet.slice()
        bent[bit >> 3]! ^= 1 << (bit & 7)
        const said = way.open([bent])
        expect(said).toHaveLength(1)
        expect(['forged', 'malformed', 'old_key']).toContain(said[0])
      }
      expect(way.open([packet])).toHaveLength(1)
    })

    test('a packet cut short at any length is dropped', () => {
      way.frames(0, new Uint8Array(20))
      const [packet] = way.sent.splice(0) as [Uint8Array]
      for (let length = 0; length < packet.length; length++)
        expect(['forged', 'malformed']).toContain(way.open([packet.slice(0, length)])[0])
    })

    test('data past the limit or for no stream is said, and not stored', () => {
      way.receiver.setReceiveWindow(stream, 0, 2000)
      way.train(0, 1, 1001)
      expect(way.open()).toEqual([{ outside: 0, phase: 0, of: stream, offset: 1001, length: 1000 }])
      way.receiver.forgetStream(stream)
      way.train(1, 1, 0)
      expect(way.open()).toEqual([{ outside: 1, phase: 0, of: stream, offset: 0, length: 1000 }])
    })

    test('what lies below the base is opened and not stored again', () => {
      way.receiver.setReceiveWindow(stream, 500, 5000)
      way.train(0, 1, 0)
      expect(way.open()).toMatchObject([{ first: 0, offset: 0, length: 1000 }])
      expect(way.stored(500, 500)).toEqual(painted(500, 500))
      expect(way.stored(0, 500)).toEqual(new Uint8Array(500))
    })

    test('a slab that was handed on is not written to any more', () => {
      way.train(0, 1, 0)
      way.open()
      const seen: Uint8Array[] = []
      way.incoming.onFilled(stream, 0, slabBytes, (_stream, _offset, buffer) => {
        seen.push(new Uint8Array(buffer))
      })
      seen[0]!.fill(0)
      way.train(1, 1, 0)
      expect(way.open()).toMatchObject([{ first: 1, offset: 0 }])
      expect(seen[0]!.subarray(0, 1000)).toEqual(new Uint8Array(1000))
    })

    test('a phase moves only when a packet opens under it, and late packets still open (§6.5-3)', () => {
      way.train(0, 2, 0)
      const [first, late] = way.sent.splice(0) as [Uint8Array, Uint8Array]
      way.open([first])
      way.sender.useSendKeys(1, phaseKeys(1))
      way.train(2, 1, 2000)
      expect(way.open()).toMatchObject([{ first: 2, phase: 1 }])
      expect(way.open([late])).toMatchObject([{ first: 1, phase: 0 }])
      way.receiver.addReceiveKeys(2, phaseKeys(2))
      way.receiver.forgetReceiveKeys(0)
      way.sender.useSendKeys(2, phaseKeys(2))
      way.train(3, 1, 3000)
      expect(way.open()).toMatchObject([{ first: 3, phase: 2 }])
    })

    test('a run in which the phase changes opens both parts', () => {
      way.train(0, 2, 0)
      way.sender.useSendKeys(1, phaseKeys(1))
      way.train(2, 2, 2000)
      expect(way.openRuns([joined(way.sent.splice(0))])).toMatchObject([
        { first: 0, packets: 2, phase: 0 },
        { first: 2, packets: 2, phase: 1 },
      ])
    })

    test('each path has numbers of its own, and says whose they are (§4.3-1)', () => {
      way.receiver.usePaths(3)
      way.train(7, 2, 0)
      way.train(7, 2, 2000, 1000, 0, 2)
      way.frames(9, Uint8Array.of(1), 1)
      way.frames(9, Uint8Array.of(1))
      const said = [
        { first: 7, packets: 2, phase: 0, of: 1, offset: 0, length: 2000 },
        { first: 7, packets: 2, phase: 0, of: 1, offset: 2000, length: 2000, path: 2 },
        { frames: [1], number: 9, phase: 0, datagramBytes: 31, path: 1 },
        { frames: [1], number: 9, phase: 0, datagramBytes: 31 },
      ]
      const sent = way.sent.splice(0)
      expect(way.openRuns([joined(sent.slice(0, 4)), joined(sent.slice(4))])).toEqual(said)
      expect(way.stored(2000, 2000)).toEqual(painted(2000, 2000))
      expect(way.open(sent), 'each a second time').toEqual(new Array(6).fill('replayed'))
    })

    test('a path that nobody takes is none, and a packet that says another path than its own is forged (§4-3, §6.3-2)', () => {
      way.frames(1, Uint8Array.of(1), 1)
      const [datagram] = way.sent
      expect(way.open()).toEqual(['malformed'])
      way.receiver.usePaths(2)
      const moved = datagram!.slice()
      moved[9] = 0
      expect(way.open([moved])).toEqual(['forged'])
      moved[9] = 2
      expect(way.open([moved])).toEqual(['malformed'])
      expect(way.open([datagram!])).toMatchObject([{ number: 1, path: 1 }])
    })

    test('late packets of another path open when the phase has moved on one (§6.5-3, §4.3-6)', () => {
      way.receiver.usePaths(2)
      way.frames(50, Uint8Array.of(1), 1)
      const [late] = way.sent.splice(0)
      way.sender.useSendKeys(1, phaseKeys(1))
      way.frames(3, Uint8Array.of(1))
      way.frames(51, Uint8Array.of(1), 1)
      expect(way.open([way.sent.shift()!, late!])).toMatchObject([
        { number: 3, phase: 1 },
        { number: 50, phase: 0, path: 1 },
      ])
      way.receiver.addReceiveKeys(2, phaseKeys(2))
      expect(way.open()).toMatchObject([{ number: 51, phase: 1, path: 1 }])
    })

    test('numbers beyond 32 bits open where they are expected (§6.4-3)', () => {
      const far = 2 ** 32 - 2
      way.train(far - 2_000_000_000, 1, 0)
      way.open()
      way.train(far, 4, 1000)
      expect(way.open()).toMatchObject([{ first: far, packets: 4 }])
    })
  })
}
