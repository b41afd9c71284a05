// Strangers whom the addon's socket turns away by itself, beside the endpoint that would: the same go no further, and are sent
// the same. PROTOCOL.md §5-16 to §5-18.

import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { readU32, toHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { type Micros, millisecond } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import type { Arrivals } from '../../src/host/udp.ts'
import { udpAddon } from '../../src/host/udp_addon.ts'
import { NativeUdp, openNativeUdp } from '../../src/host/udp_native.ts'
import type { Address } from '../../src/proto/address.ts'
import type { Gate } from '../../src/proto/door.ts'
import { initWithin, packetTypes, writeInit } from '../../src/wire/packet.ts'
import { Watched } from '../suites/udp.ts'
import { cookied, crowded, type Responder } from '../support/crowd.ts'

const addon = udpAddon(native().addon)
const casesOfEach = 400
const answersOfOne = 9
/** Type, Destination Id, Cookie. */
const cookiePacketBytes = 25

/** One that nobody reads but the test. */
const still = (host: string): NativeUdp =>
  new NativeUdp(must(addon, 'the suite is skipped without'), {
    bind: { host, port: 0 },
    handlers: { onReadable() {}, onDrain() {}, onHint() {} },
  })

/** Reads until so many datagrams have come; says what was handed on, as hexadecimal digits. */
async function hear(
  server: NativeUdp,
  gate: () => Gate | undefined,
  count: number,
): Promise<{ readonly handed: string[]; readonly turnedAway: number; readonly answered: number }> {
  const handed: string[] = []
  const told = { turnedAway: 0, answered: 0 }
  const arrivals: Arrivals = {
    datagrams: () => {},
    runs: (_, runs) =>
      runs.forEach(({ bytes, segmentBytes }) => {
        for (let at = 0; at < bytes.length; at += segmentBytes)
          handed.push(toHex(bytes.subarray(at, at + segmentBytes)))
      }),
    gate,
    turnedAway: (datagrams, answered) => {
      told.turnedAway += datagrams
      told.answered += answered
    },
  }
  const until = server.stats.datagramsReceived + count
  while (server.stats.datagramsReceived < until) {
    await new Promise(setImmediate)
    server.receive(1000, arrivals)
  }
  return { handed, ...told }
}

describe.skipIf(!addon)('a native socket under load', () => {
  for (const host of ['127.0.0.1', '::1'])
    test(`turns away whom the endpoint would, with the same cookies: ${host}`, async () => {
      const server = still(host)
      const client = await Watched.open(openNativeUdp, { bind: { host, port: 0 }, peer: server.local })
      const address = client.udp.local
      const responder = crowded()
      const prng = new Prng(7)
      const seen = new Set<string>()
      for (let i = 0; i < casesOfEach; i++) {
        // a stretch of answers each
        const now = (i + 1) * 20 * millisecond
        const datagram = someDatagram(prng, responder, address, now)
        const gate = must(responder.endpoint.gate(now), 'a gate under load')
        const [said] = responder.hears(now, address, datagram)
        const isHanded = mustBeHanded(datagram, said, gate)
        const answers = isHanded ? [] : [...responder.answers]
        const before = client.datagrams.length
        client.send(server.local, datagram)
        const heard = await hear(server, () => gate, 1)
        const what = `${i}: ${toHex(datagram)}`
        expect(heard, what).toEqual({
          handed: isHanded ? [toHex(datagram)] : [],
          turnedAway: isHanded ? 0 : 1,
          answered: answers.length,
        })
        seen.add(`${isHanded ? 'handed' : 'turned away'}, ${said ?? 'unanswered'}`)
        await client.until(() => client.datagrams.length >= before + answers.length)
        expect(client.datagrams.slice(before), what).toEqual(answers)
      }
      const { cookie, reply, version } = packetTypes
      expect([...seen].sort()).toEqual([
        ...[reply, version, cookie, 'unanswered'].map(said => `handed, ${said}`),
        ...[cookie, 'unanswered'].map(said => `turned away, ${said}`),
      ])
      await Promise.all([server.close(), client.udp.close()])
    })

  test('gives no more answers than it may, and takes joined datagrams whole or not at all', async () => {
    const server = still('127.0.0.1')
    const client = await Watched.open(openNativeUdp, { peer: server.local })
    const { endpoint } = crowded()
    const gate = { ...must(endpoint.gate(1), 'a gate under load'), answersLeft: answersOfOne }
    const prng = new Prng(3)
    const strangers = Array.from({ length: 40 }, () => initOf(prng.fill(new Uint8Array(8))))
    client.send(server.local, ...strangers)
    expect(await hear(server, () => gate, 40)).toEqual({
      handed: [],
      turnedAway: 40,
      answered: answersOfOne,
    })
    await client.until(() => client.datagrams.length === answersOfOne)
    const answered = client.datagrams.map(datagram => toHex(datagram.subarray(1, 9)))
    expect(answered).toEqual(strangers.slice(0, answersOfOne).map(init => toHex(init.subarray(5, 13))))
    // of one length, so that the kernel joins them
    const others = [...strangers.slice(0, 3), new Uint8Array(strangers[0]!.length).fill(0x42)]
    client.send(server.local, ...others)
    expect(await hear(server, () => gate, 4)).toEqual({
      handed: others.map(toHex),
      turnedAway: 0,
      answered: 0,
    })
    client.send(server.local, ...strangers.slice(0, 2))
    const quiet = await hear(server, () => undefined, 2)
    expect([quiet.handed.length, quiet.turnedAway], 'without load').toEqual([2, 0])
    await Promise.all([server.close(), client.udp.close()])
  })
})

/** What the endpoint said to it, and said by itself: the socket leaves what it cannot tell apart to the endpoint. */
function mustBeHanded(datagram: Uint8Array, said: number | undefined, { known }: Gate): boolean {
  const init = initWithin(datagram)
  if (!init || known[readU32(init.source, 0) & (known.length - 1)] !== 0) return true
  // unanswered: a good cookie before an INIT that is none, or no cookie and too short for the answer
  return said === packetTypes.reply || (said === undefined && datagram.length >= cookiePacketBytes)
}

const initOf = (source: Uint8Array): Uint8Array =>
  writeInit({ source, pattern: 'XX', suites: Uint8Array.of(1), noise: new Uint8Array(64).fill(1) })

/** INITs alone, behind good and bad cookies, of ids that are known; cut short, overlong, of other versions; anything else. */
function someDatagram(prng: Prng, responder: Responder, address: Address, now: Micros): Uint8Array {
  const source = prng.fill(new Uint8Array(8))
  if (prng.below(6) === 0) source.fill(0, 0, 4)
  const init = initOf(source)
  const good = (): Uint8Array =>
    prng.below(3) === 0 ? prng.fill(new Uint8Array(16)) : responder.cookie(now - 10 * millisecond, address)
  let datagram = prng.below(2) === 0 ? init : cookied(good(), init)
  if (prng.below(4) === 0) datagram = datagram.slice(0, 1 + prng.below(datagram.length))
  if (prng.below(12) === 0) datagram = Uint8Array.of(...datagram, ...new Uint8Array(1200))
  if (prng.below(3) === 0) datagram[prng.below(Math.min(datagram.length, 20))]! ^= 1 << prng.below(8)
  return datagram
}
