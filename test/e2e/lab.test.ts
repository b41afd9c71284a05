// Labs: two hosts over emulated links, in real namespaces. Counts decide, never times: what was sent, lost by its kind and
// delivered adds up between the sender, the emulator and the receiver. What is about rates and delays: make emulator-check.

import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test } from 'vitest'
import {
  congestionControlOf,
  congestionControlsInUse,
  setCongestionControl,
} from '../../netsim/congestion_route.ts'
import { type DirectionCounters, emulatorObstacle, noiseOf } from '../../netsim/emulator.ts'
import { type Lab, type MultiLab, makeLab, makeMultiLab } from '../../netsim/lab.ts'
import { type LinkProfile, profileNamed } from '../../netsim/profiles.ts'
import { blast, ping, stream } from '../../netsim/traffic.ts'

const why = emulatorObstacle()
const remark = why === undefined ? '' : ` (skipped: ${why})`

/** Fast and quiet: what a test wants to see is added. */
const plain: LinkProfile = { ...profileNamed('lan'), rateMegabits: Number.POSITIVE_INFINITY, delayMillis: 1 }
const packets = 20_000
const train = { packets, bytes: 1000, segments: 20, megabits: 200 }

const open: (Lab | MultiLab)[] = []

async function lab(link: Partial<LinkProfile>, seed = 1): Promise<Lab> {
  const made = await makeLab({ ...plain, ...link }, seed, { name: 'test' })
  open.push(made)
  return made
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const namespaces = (): string => String(spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout)

const lost = (one: DirectionCounters): number =>
  one.queueDrops + one.lostRandom + one.lostBurst + one.lostTooBig + one.lostCut

describe.skipIf(why !== undefined)(`a lab${remark}`, () => {
  test('carries both versions of IP both ways, and leaves nothing behind', async () => {
    const { left, right, counters, close } = await lab({})
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const)
      for (const address of [to.address, to.address6])
        expect((await ping(from, to, 20, 0, address)).answered).toBe(20)
    const { forth, back } = await counters()
    // nothing but what was sent: 80 questions and 80 answers
    expect([forth.packetsIn, back.packetsIn]).toEqual([80, 80])
    expect(namespaces()).toContain(left.namespace)
    await close()
    open.pop()
    expect(namespaces()).not.toContain(left.namespace)
    expect(namespaces()).not.toContain(right.namespace)
  })

  test('loses one by one what comes as super-packets, the same for the same seed', async () => {
    const run = async (segments: number, seed: number): Promise<number> => {
      const { left, right, counters } = await lab({ lossPercent: 2 }, seed)
      const { sent, seen } = await blast(left, right, { ...train, segments })
      const { forth } = await counters()
      expect([sent.refused, seen.wrong, seen.doubled, seen.late]).toEqual([0, 0, 0, 0])
      expect(forth.packetsIn).toBe(packets)
      expect(forth.lostRandom).toBe(packets - seen.packets)
      expect(forth.packetsDelivered).toBe(seen.packets)
      return forth.lostRandom
    }
    const alone = await run(1, 7)
    expect(await run(40, 7)).toBe(alone)
    expect(await run(40, 8)).not.toBe(alone)
    expect(Math.abs(alone - 0.02 * packets)).toBeLessThan(4 * Math.sqrt(0.02 * 0.98 * packets))
  })

  test('does every fault it is told to, as the receiver sees', async () => {
    const { left, right, counters } = await lab({
      duplicatePercent: 2,
      corruptPercent: 3,
      reorderPercent: 2,
      reorderMillis: 2,
      burst: { enterPercent: 1, leavePercent: 25 },
    })
    const { seen } = await blast(left, right, train)
    const { forth } = await counters()
    expect(forth.packetsDelivered).toBe(packets + forth.duplicated - lost(forth))
    // UDP's checksum tells of each damaged one, and of its twin
    const dropped = forth.packetsDelivered - seen.packets
    expect(dropped).toBeGreaterThanOrEqual(forth.corrupted)
    expect(dropped).toBeLessThan(forth.corrupted * 1.1)
    expect(seen.wrong).toBe(0)
    expect(seen.late).toBeGreaterThan(forth.reordered * 0.8)
    expect(seen.doubled).toBeGreaterThan(forth.duplicated * 0.9)
    expect(forth.lostBurst).toBeGreaterThan(packets * 0.025)
  })

  test('hands over wrong bytes where the checksum was repaired', async () => {
    const { left, right, counters } = await lab({ corruptPercent: 3, corruptKind: 'silent' })
    const { seen } = await blast(left, right, train)
    const { forth } = await counters()
    expect(seen.packets).toBe(packets)
    // in the number itself a flipped bit may make another that is as good
    expect(seen.wrong).toBeLessThanOrEqual(forth.corrupted)
    expect(seen.wrong).toBeGreaterThan(forth.corrupted * 0.97)
  })

  test('swallows what is above its size and says nothing', async () => {
    const { left, right, counters } = await lab({ dropAboveBytes: 1300 })
    const small = await blast(left, right, { packets: 100, bytes: 1300 - 28, segments: 10 })
    const large = await blast(left, right, { packets: 100, bytes: 1301 - 28, segments: 10 })
    expect([small.seen.packets, large.seen.packets]).toEqual([100, 0])
    expect([small.sent.refused, large.sent.refused]).toEqual([0, 0])
    expect((await counters()).forth.lostTooBig).toBe(100)
  })

  test('drops at the tail of its queue', async () => {
    const { left, right, counters } = await lab({ rateMegabits: 10, queueBytes: 30_000 })
    const { seen } = await blast(left, right, { packets: 400, bytes: 1000, segments: 40 })
    const { forth } = await counters()
    expect(forth.queueDrops).toBeGreaterThan(0)
    expect(seen.packets).toBe(400 - forth.queueDrops)
    expect(forth.queueBytesMax).toBeLessThanOrEqual(30_000)
  })

  test('is cut and restored', async () => {
    const { left, right, counters, cut, restore } = await lab({})
    await cut()
    expect((await blast(left, right, { packets: 100, bytes: 1000 })).seen.packets).toBe(0)
    await restore()
    expect((await blast(left, right, { packets: 100, bytes: 1000 })).seen.packets).toBe(100)
    expect((await counters()).forth.lostCut).toBe(100)
  })

  test('lets a route say the congestion control, and shows what is in use', async () => {
    const { left, right } = await lab({ rateMegabits: 100 })
    expect(congestionControlOf(left, right.address)).toBeUndefined()
    for (const control of ['cubic', 'reno']) {
      setCongestionControl(left, control)
      for (const address of [right.address, right.address6])
        expect(congestionControlOf(left, address)).toBe(control)
    }
    // the connection asks for another before it connects: the route's word is the last
    const streaming = stream(left, right, 1.5, 'cubic')
    const seen = new Set<string>()
    while (seen.size === 0) {
      for (const control of congestionControlsInUse(left)) seen.add(control)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect([...seen]).toEqual(['reno'])
    expect((await streaming).bytes).toBeGreaterThan(0)
  })

  test('has several ways between two hosts, each a network and a fate of its own', async () => {
    const made = await makeMultiLab([{ ...plain, lossPercent: 100 }, plain], 1, { name: 'test' })
    open.push(made)
    const [first, second] = made.links
    if (!first || !second) throw new Error('two links')
    expect(made.left.namespace).toBe(second.left.namespace)
    const few = { packets: 100, bytes: 1000 }
    expect((await blast(first.left, first.right, few)).seen.packets).toBe(0)
    expect((await blast(second.left, second.right, few)).seen.packets).toBe(100)
    expect((await first.counters()).forth.lostRandom).toBe(100)
    expect((await second.counters()).forth.packetsDelivered).toBe(100)
  })

  test('tells what the kernel will not make, and leaves nothing', async () => {
    await expect(makeLab({ ...plain, mtuBytes: 20 }, 1, { name: 'none' })).rejects.toThrow('MTU')
    await expect(makeLab({ ...plain, jitterMillis: 2 }, 1, { name: 'none' })).rejects.toThrow('jitter')
    expect(namespaces()).not.toContain('pfs-none-')
  })
})

test('a run is noise when packets were late, or the emulator lost some itself', () => {
  const direction: DirectionCounters = {
    packetsIn: 1,
    bytesIn: 1,
    packetsDelivered: 1,
    bytesDelivered: 1,
    queueDrops: 0,
    lostRandom: 0,
    lostBurst: 0,
    lostTooBig: 0,
    lostCut: 0,
    lostOverflow: 0,
    lostRefused: 0,
    reordered: 0,
    duplicated: 0,
    corrupted: 0,
    queueBytesMax: 0,
    idleMicros: 0,
    latenessMicros: { p50: 0, p99: 0, max: 0 },
  }
  const noise = (profile: LinkProfile, back: Partial<DirectionCounters>) =>
    noiseOf(profile, { forth: direction, back: { ...direction, ...back }, isRealtime: true, cpuSeconds: 0 })
  const late = (p99: number) => ({ latenessMicros: { p50: 0, p99, max: p99 } })
  // the larger of a millisecond and a twentieth of the round trip
  expect(noise(plain, late(1000))).toBeUndefined()
  expect(noise(plain, late(1001))).toContain('back')
  expect(noise(profileNamed('wan'), late(4000))).toBeUndefined()
  expect(noise(profileNamed('wan'), late(4001))).toContain('4001')
  expect(noise(plain, { lostOverflow: 1 })).toContain('lost 1')
  expect(noise(plain, { lostRefused: 2 })).toContain('lost 2')
})
