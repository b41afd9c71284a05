// The addon's data plane: by the suite of every plane, alone and with the portable one at the other end, and by a
// differential fuzz that hands both the same damaged, repeated and reordered packets.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { Prng } from '../../src/base/prng.ts'
import { native } from '../../src/host/addon.ts'
import { NativePlane, planeAddon } from '../../src/host/plane_native.ts'
import type { PlaneReport, Run } from '../../src/proto/plane/plane.ts'
import { Direction, joined, type PlaneFactory, phaseKeys, planeSuite, portable } from '../suites/plane.ts'

const addon = planeAddon(native().addon)
const byAddon: PlaneFactory = payloads => new NativePlane(must(addon, 'an addon'), payloads)

describe.skipIf(!addon)('native', () => {
  planeSuite('native plane', byAddon, byAddon)
  planeSuite('native seals, portable opens', byAddon, portable)
  planeSuite('portable seals, native opens', portable, byAddon)

  test('opening trains allocates nothing per packet', () => {
    const way = new Direction(byAddon, byAddon)
    const runs = Array.from({ length: 400 }, (_, i) => {
      way.train(44 * i, 44, 0, 1434)
      return [joined(way.sent.splice(0))]
    })
    const id = must(runs[0]?.[0], 'a run').bytes.slice(1, 9)
    for (const run of runs.slice(0, 200)) way.receiver.openRuns(id, run, silent)
    const before = heapBytes()
    for (let i = 200; i < 400; i++) way.receiver.openRuns(id, must(runs[i], 'a run'), silent)
    // some numbers a run, shared by 44 packets: a view of each would be a hundred bytes
    expect((process.memoryUsage().heapUsed - before) / (200 * 44)).toBeLessThan(40)
  })

  const seeds = Number(process.env.PFS_SEEDS ?? 40)
  test(`both planes say the same of the same packets, over ${seeds} seeds`, () => {
    for (let seed = 1; seed <= seeds; seed++) compare(seed)
  })
})

const silent: PlaneReport = { frames() {}, data() {}, outside() {}, dropped() {}, foreign() {} }

/** Collects garbage, and says what is left. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

/** Packets of one sender, mangled, to two receivers. */
function compare(seed: number): void {
  const random = new Prng(seed)
  const one = new Direction(portable, portable)
  const other = new Direction(portable, byAddon)
  let number = 0
  let phase = 0
  const past: Uint8Array[] = []
  for (let round = 0; round < 12; round++) {
    if (random.below(6) === 0 && phase === 0) one.sender.useSendKeys(++phase, phaseKeys(phase))
    const packets = 1 + random.below(40)
    const payloadBytes = 1 + random.below(1400)
    one.train(number, packets, random.below(700_000), payloadBytes, random.below(payloadBytes))
    number += packets + random.below(3)
    if (random.below(2) === 0) one.frames(number++, new Uint8Array(random.below(50)))
    const batch = one.sent.splice(0)
    past.push(...batch.slice(0, 3))
    for (let i = random.below(6); i > 0; i--) mangle(random, batch, past)
    const saidByOne = one.open(batch)
    const saidByOther = random.below(2) === 0 ? other.open(batch) : other.openRuns(runsOf(batch))
    expect(saidByOther, `seed ${seed}, round ${round}`).toEqual(saidByOne)
  }
  for (const index of [0, 1, 2]) {
    const memory = (way: Direction) => Buffer.from(way.incoming.slab(1, index) ?? [])
    expect(memory(other).equals(memory(one)), `seed ${seed}, slab ${index}`).toBe(true)
  }
}

function mangle(random: Prng, batch: Uint8Array[], past: readonly Uint8Array[]): void {
  const at = random.below(batch.length)
  const packet = batch[at] as Uint8Array
  switch (random.below(4)) {
    case 0: {
      // not its id: that is the endpoint's to see, and the two faces say it apart
      const bent = packet.slice()
      bent[9 + random.below(packet.length - 9)]! ^= 1 << random.below(8)
      batch[at] = bent
      break
    }
    case 1:
      batch.splice(at, 0, past[random.below(past.length)] as Uint8Array)
      break
    case 2:
      batch.push(...batch.splice(at, 1))
      break
    case 3:
      if (packet.length > 31) batch[at] = packet.slice(0, 31 + random.below(packet.length - 31))
  }
}

/** As GRO would: neighbours of one size, and one shorter at the end. */
function runsOf(batch: readonly Uint8Array[]): Run[] {
  const runs: Run[] = []
  let run: Uint8Array[] = []
  for (const datagram of batch) {
    const size = run[0]?.length ?? datagram.length
    const last = run.at(-1)?.length ?? size
    if (run.length > 0 && (datagram.length > size || last < size || run.length === 64)) {
      runs.push(joined(run))
      run = []
    }
    run.push(datagram)
  }
  if (run.length > 0) runs.push(joined(run))
  return runs
}
