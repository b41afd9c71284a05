// Literal payload in memory: pieces out, slabs in. No sockets.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KiB } from '../../src/base/units.ts'
import { MemoryPayloads } from '../../src/host/payloads.ts'
import { SlabPool, slabBytes } from '../../src/host/slabs.ts'

const painted = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (start + i) % 251)

interface Handed {
  readonly offset: number
  readonly buffer: SharedArrayBuffer
  readonly length: number
  readonly isLast: boolean
}

function collector() {
  const slabs: Handed[] = []
  const sink = (
    _stream: number,
    offset: number,
    buffer: SharedArrayBuffer,
    length: number,
    isLast: boolean,
  ) => {
    slabs.push({ offset, buffer, length, isLast })
  }
  return { slabs, sink }
}

describe('what is sent', () => {
  test('reads come back as written, however the pieces were cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 30 })
    const reads = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 1434 })), { maxLength: 50 })
    fc.assert(
      fc.property(cuts, reads, (lengths, wanted) => {
        const payloads = new MemoryPayloads(new SlabPool())
        let total = 0
        for (const length of lengths) total = payloads.append(1, painted(total, length))
        for (const [seed, size] of wanted) {
          if (total === 0) break
          const offset = seed % total
          const target = new Uint8Array(Math.min(size, total - offset))
          payloads.read(1, offset, target)
          expect(target).toEqual(painted(offset, target.length))
        }
      }),
    )
  })

  test('memory is released in order and once, and not before its last byte is acknowledged', () => {
    const payloads = new MemoryPayloads(new SlabPool())
    const released: number[] = []
    for (let i = 0; i < 3; i++) payloads.append(1, painted(0, 100), () => released.push(i))
    payloads.release(1, 99)
    expect(released).toEqual([])
    payloads.release(1, 100)
    payloads.release(1, 100)
    expect(released).toEqual([0])
    expect(payloads.unreleasedBytes(1)).toBe(200)
    payloads.forgetSent(1)
    expect(released).toEqual([0, 1, 2])
    expect(payloads.unreleasedBytes(1)).toBe(0)
  })

  test('a long stream keeps its offsets while thousands of pieces pass through', () => {
    const payloads = new MemoryPayloads(new SlabPool())
    const target = new Uint8Array(10)
    for (let i = 0; i < 5000; i++) {
      payloads.append(1, painted(i * 10, 10))
      if (i < 3) continue
      payloads.read(1, (i - 2) * 10 + 5, target)
      expect(target).toEqual(painted((i - 2) * 10 + 5, 10))
      payloads.release(1, (i - 2) * 10)
    }
  })

  test('an empty piece is released at once', () => {
    const payloads = new MemoryPayloads(new SlabPool())
    let released = 0
    expect(payloads.append(1, new Uint8Array(0), () => released++)).toBe(0)
    expect(released).toBe(1)
  })
})

describe('what arrives', () => {
  test('packets in any order make the same bytes, each slab handed on once', () => {
    const length = 2 * slabBytes + 12_345
    const shuffled = fc.infiniteStream(fc.nat()).map(stream => {
      const starts: number[] = []
      for (let at = 0; at < length; at += 1434) starts.push(at)
      const keys = starts.map(() => stream.next().value ?? 0)
      return starts.map((start, i) => ({ start, key: keys[i] ?? 0 })).sort((a, b) => a.key - b.key)
    })
    fc.assert(
      fc.property(shuffled, packets => {
        const payloads = new MemoryPayloads(new SlabPool())
        const { slabs, sink } = collector()
        for (const { start } of packets) {
          const end = Math.min(start + 1434, length)
          payloads.write(1, start, painted(start, end - start))
          payloads.onFilled(1, start, end, sink)
        }
        payloads.onEnded(1, length, sink)
        const sorted = [...slabs].sort((a, b) => a.offset - b.offset)
        expect(sorted.map(slab => slab.offset)).toEqual([0, slabBytes, 2 * slabBytes])
        expect(sorted.map(slab => slab.length)).toEqual([slabBytes, slabBytes, 12_345])
        expect(slabs.map(slab => slab.isLast)).toEqual([false, false, true])
        for (const { offset, buffer, length: filled } of sorted) {
          const wrong = new Uint8Array(buffer, 0, filled).findIndex((byte, i) => byte !== (offset + i) % 251)
          expect(wrong).toBe(-1)
        }
      }),
      { numRuns: 10 },
    )
  })

  test('a late duplicate of a slab that was handed on writes nowhere and takes no memory', () => {
    const pool = new SlabPool()
    const payloads = new MemoryPayloads(pool)
    const { slabs, sink } = collector()
    for (const first of [1, 0]) {
      payloads.write(1, first * slabBytes, new Uint8Array(slabBytes).fill(7))
      payloads.onFilled(1, first * slabBytes, (first + 1) * slabBytes, sink)
    }
    for (const { offset } of [...slabs]) payloads.write(1, offset, new Uint8Array(100).fill(9))
    expect(slabs.every(({ buffer }) => new Uint8Array(buffer).every(byte => byte === 7))).toBe(true)
    expect(pool.created).toBe(2)
    expect(payloads.heldBytes).toBe(0)
  })

  test('a slab lacking one byte waits; the byte completes it', () => {
    const payloads = new MemoryPayloads(new SlabPool())
    const { slabs, sink } = collector()
    payloads.write(1, 0, painted(0, slabBytes - 1))
    payloads.onFilled(1, 0, slabBytes - 1, sink)
    expect(slabs).toHaveLength(0)
    payloads.write(1, slabBytes - 1, painted(slabBytes - 1, 1))
    payloads.onFilled(1, slabBytes - 1, slabBytes, sink)
    expect(slabs).toHaveLength(1)
  })

  test('a stream that ends on the edge of a slab, or is empty, is ended by an empty buffer', () => {
    const payloads = new MemoryPayloads(new SlabPool())
    const { slabs, sink } = collector()
    payloads.write(1, 0, painted(0, slabBytes))
    payloads.onFilled(1, 0, slabBytes, sink)
    payloads.onEnded(1, slabBytes, sink)
    payloads.onEnded(3, 0, sink)
    expect(slabs.map(({ offset, length, isLast }) => ({ offset, length, isLast }))).toEqual([
      { offset: 0, length: slabBytes, isLast: false },
      { offset: slabBytes, length: 0, isLast: true },
      { offset: 0, length: 0, isLast: true },
    ])
  })

  test('slabs given back are used again, and only so many are kept', () => {
    const pool = new SlabPool(1)
    const payloads = new MemoryPayloads(pool)
    const { slabs, sink } = collector()
    for (let i = 0; i < 4; i++) {
      payloads.write(1, i * slabBytes, painted(0, slabBytes))
      payloads.onFilled(1, i * slabBytes, (i + 1) * slabBytes, sink)
      for (const { buffer } of slabs.splice(0)) payloads.recycle(buffer)
    }
    expect(pool.created).toBe(1)
    payloads.recycle(new SharedArrayBuffer(slabBytes))
    payloads.recycle(new SharedArrayBuffer(64 * KiB))
    expect(pool.idle).toBe(1)
  })

  test('when the last connection is over, 64 of the slabs are kept', () => {
    const pool = new SlabPool()
    const [first, second] = [new MemoryPayloads(pool), new MemoryPayloads(pool)]
    for (let i = 0; i < 100; i++) first.write(1, i * slabBytes, painted(0, 1))
    first.close()
    expect(pool.idle).toBe(100)
    first.close()
    expect(pool.idle).toBe(100)
    second.close()
    expect(pool.idle).toBe(64)
  })

  test('a reset stream gives its slabs back', () => {
    const pool = new SlabPool()
    const payloads = new MemoryPayloads(pool)
    payloads.write(5, 10, painted(10, 10))
    expect(payloads.heldBytes).toBe(slabBytes)
    payloads.forgetReceived(5)
    expect(payloads.heldBytes).toBe(0)
    expect(pool.idle).toBe(1)
  })
})
