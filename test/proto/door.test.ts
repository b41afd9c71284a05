// Floods of INITs at a responder: what they cost, whom they keep out, and how a peer that is where it says comes in all the
// same. Costs are counted in Diffie-Hellmans. PROTOCOL.md §5-16 to §5-21.

import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { toHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { type Micros, minute, never, second } from '../../src/base/units.ts'
import { sipHash128 } from '../../src/crypto/siphash.ts'
import { addressBytes, networkOf } from '../../src/proto/address.ts'
import { limits } from '../../src/proto/config.ts'
import { packetTypes, writeInit } from '../../src/wire/packet.ts'
import { cookied, crowded, forgedInit, Responder, secretsOf, unopenable, v4 } from '../support/crowd.ts'
import { Pair } from '../support/pair.ts'

describe('a flood from forged addresses', () => {
  test('holds 64 connections, and from there on costs no secret and nothing kept (§5-16)', () => {
    const responder = crowded()
    const { secrets } = responder
    for (let i = 1000; i < 6000; i++) {
      expect(responder.hears(100 * i, v4(i), forgedInit(i))).toEqual([packetTypes.cookie])
      expect(responder.answers[0]!.length).toBe(25)
    }
    expect(responder.secrets).toBe(secrets)
    expect(responder.endpoint.connections).toBe(limits.halfOpenUnproven)
  })

  test('of what cannot be opened has 100 openings a second and no connection (§5-16)', () => {
    const responder = new Responder()
    const openings = (now: Micros): number => {
      const { secrets } = responder
      for (let i = 0; i < 1000; i++) responder.hears(now, v4(i), unopenable(now + i))
      return responder.secrets - secrets
    }
    const [first, rest, next] = [openings(0), openings(second - 1), openings(second)]
    expect(first).toBeLessThanOrEqual(secretsOf(limits.unprovenInitsPerSecond))
    expect(first).toBeGreaterThan(limits.unprovenInitsPerSecond)
    expect([rest, next]).toEqual([0, first])
    expect(responder.endpoint.connections).toBeLessThanOrEqual(2 * limits.fallbacksPerSecond)
  })

  test('with cookies of its own making gets cookies (§5-16)', () => {
    const responder = crowded()
    const { secrets } = responder
    const prng = new Prng(1)
    for (let i = 0; i < 1000; i++) {
      const forged = cookied(prng.fill(new Uint8Array(16)), forgedInit(1000 + i))
      expect(responder.hears(100 * i, v4(i), forged)).toEqual([packetTypes.cookie])
    }
    expect(responder.secrets).toBe(secrets)
  })

  test('has 200 answers in 10 ms; who brings a good cookie needs none of them (§5-17)', () => {
    const responder = crowded()
    const cookie = responder.cookie(10, v4(70))
    let answers = 0
    for (let i = 0; i < 1000; i++) answers += responder.hears(20_000 + i, v4(i), forgedInit(1000 + i)).length
    expect(answers).toBe(limits.statelessAnswersPerStretch)
    expect(responder.hears(21_001, v4(70), cookied(cookie, forgedInit(70)))).toEqual([packetTypes.reply])
    expect(responder.hears(30_000, v4(71), forgedInit(71))).toEqual([packetTypes.cookie])
  })

  test('can be turned away by whoever receives it, who is told whom and with what (§5-16 to §5-18)', () => {
    const { endpoint: quiet } = new Responder()
    expect(quiet.gate(0), 'no load').toBeUndefined()
    const responder = crowded()
    const { endpoint } = responder
    const cookie = responder.cookie(10, v4(70))
    const gate = must(endpoint.gate(11), 'a gate under load')
    expect(sipHash128(gate.cookieKeys.subarray(0, 16), addressBytes(v4(70)))).toEqual(cookie)
    expect(gate.answersLeft).toBe(limits.statelessAnswersPerStretch - 1)
    // the first halves of all these ids are 0
    expect([gate.known[0], gate.known.reduce((sum, one) => sum + one, 0)]).toEqual([64, 64])
    const { dropped } = endpoint
    endpoint.handleTurnedAway(1000, 150)
    expect(endpoint.dropped).toBe(dropped + 850)
    expect(endpoint.gate(12)?.answersLeft).toBe(49)
    expect(endpoint.gate(10_011)?.answersLeft, 'the next stretch').toBe(200)
    expect(responder.hears(11 * second, v4(1), new Uint8Array(1)), 'they have timed out').toEqual([])
    expect(endpoint.gate(11 * second), 'no load any more').toBeUndefined()
    expect(gate.known[0]).toBe(0)
  })

  test('is over when it is over: half-open connections end, and no cookie is asked for (§12-5)', () => {
    const responder = crowded()
    expect(responder.hears(11 * second, v4(9999), forgedInit(9999))).toEqual([packetTypes.reply])
    expect(responder.endpoint.connections).toBe(1)
  })
})

describe('a cookie', () => {
  test('opens the door to who brings it back, at its address and in its time (§5-18)', () => {
    const responder = crowded()
    const cookie = responder.cookie(1, v4(70))
    const init = forgedInit(70)
    expect(responder.hears(2, v4(71), cookied(cookie, init))).toEqual([packetTypes.cookie])
    expect(responder.hears(2, { ...v4(70), port: 8 }, cookied(cookie, init))).toEqual([packetTypes.cookie])
    expect(responder.hears(2, v4(70), cookied(cookie, init))).toEqual([packetTypes.reply])
    // filled anew, for the first ones have timed out by then
    for (let i = 0; i < limits.halfOpenUnproven; i++) responder.hears(2 * minute + 2, v4(i), forgedInit(i))
    expect(responder.hears(2 * minute + 3, v4(70), cookied(cookie, init))).toEqual([packetTypes.cookie])
  })

  test('makes no second connection of an INIT, be it with it, without it, or with another (§5-20, §5-8)', () => {
    const responder = crowded()
    const init = forgedInit(70)
    const cookie = responder.cookie(1, v4(70))
    expect(responder.hears(2, v4(70), cookied(cookie, init))).toEqual([packetTypes.reply])
    const reply = toHex(responder.answers[0]!)
    for (const again of [init, cookied(cookie, init), cookied(new Uint8Array(16), init)]) {
      expect(responder.hears(3, v4(70), again)).toEqual([packetTypes.reply])
      expect(toHex(responder.answers[0]!)).toBe(reply)
    }
    expect(responder.endpoint.connections).toBe(limits.halfOpenUnproven + 1)
  })

  test('is not looked at without load, and a wrong one keeps nobody out then (§5-20)', () => {
    const responder = new Responder()
    expect(responder.hears(0, v4(1), cookied(new Uint8Array(16), forgedInit(1)))).toEqual([packetTypes.reply])
  })

  test('goes only to INITs, and not to one smaller than itself (§5-17)', () => {
    const responder = crowded()
    const tiny = writeInit({
      source: new Uint8Array(8),
      pattern: 'XX',
      suites: Uint8Array.of(1),
      noise: new Uint8Array(8),
    })
    expect(tiny.length).toBe(24)
    expect(responder.hears(1, v4(70), tiny)).toEqual([])
    const others = [2, 3, 4, 5, 7, 0x40, 0x42].map(type => forgedInit(70).fill(type, 0, 1))
    expect(responder.hears(1, v4(70), ...others)).toEqual([])
  })
})

describe('one network that shows cookies (§5-21)', () => {
  test('holds 128 half-open connections, and leaves room for another', () => {
    const responder = crowded()
    const cookie = responder.cookie(1, v4(70))
    for (let i = 0; i < 200; i++) responder.hears(2, v4(70), cookied(cookie, forgedInit(100 + i)))
    expect(responder.endpoint.halfOpenConnections).toBe(limits.halfOpenUnproven + limits.halfOpenOfNetwork)
    const other = responder.cookie(2, v4(71))
    expect(responder.hears(3, v4(71), cookied(other, forgedInit(71)))).toEqual([packetTypes.reply])
  })

  test('has 256 openings a second', () => {
    const responder = crowded()
    const cookie = responder.cookie(1, v4(70))
    const { secrets } = responder
    const send = (now: Micros) => {
      for (let i = 0; i < 1000; i++) responder.hears(now, v4(70), cookied(cookie, unopenable(now + i)))
    }
    send(2)
    const first = responder.secrets - secrets
    expect(first).toBeLessThanOrEqual(secretsOf(limits.provenInitsPerSecond))
    expect(first).toBeGreaterThan(limits.provenInitsPerSecond)
    const other = responder.cookie(3, v4(71))
    expect(responder.hears(3, v4(71), cookied(other, forgedInit(71)))).toEqual([packetTypes.reply])
  })

  test('all of them together hold 256 (§5-10)', () => {
    const responder = crowded()
    for (const network of [70, 71]) {
      const cookie = responder.cookie(1, v4(network))
      for (let i = 0; i < 128; i++)
        responder.hears(2, v4(network), cookied(cookie, forgedInit(1000 * network + i)))
    }
    expect(responder.endpoint.halfOpenConnections).toBe(limits.halfOpenConnections)
    const cookie = responder.cookie(3, v4(72))
    expect(responder.hears(3, v4(72), cookied(cookie, forgedInit(72)))).toEqual([])
    expect(responder.endpoint.connections).toBe(limits.halfOpenConnections)
  })

  test('is one IPv4 address, or an IPv6 /64', () => {
    expect(networkOf('10.0.0.1')).toBe('10.0.0.1')
    expect(networkOf('::ffff:10.0.0.1')).toBe('::ffff:10.0.0.1')
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
    expect(networkOf('2001:db8:1:2::6')).toBe('2001:db8:1:2')
    expect(networkOf('2001:db8::6')).toBe('2001:db8:0:0')
    expect(networkOf('2001:db8::')).toBe('2001:db8:0:0')
    expect(networkOf('::1')).toBe('0:0:0:0')
    expect(networkOf('1::3:4:5:6:7:8')).toBe('1:0:3:4')
  })
})

describe('an initiator', () => {
  const cookie = (id: Uint8Array, fill: number) =>
    Uint8Array.of(packetTypes.cookie, ...id, ...new Uint8Array(16).fill(fill))

  test('comes again with the cookie at once, and is in after two round trips (§5-19)', () => {
    const pair = new Pair()
    pair.responder.keepsSent = true
    for (let i = 0; i < limits.halfOpenUnproven; i++)
      pair.responder.endpoint.handleDatagrams(pair.now, v4(i), [forgedInit(i)])
    const from = pair.now
    pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey, early: Uint8Array.of(1, 2, 3) })
    pair.runUntil(() => pair.initiator.of('established').length > 0)
    expect(pair.now - from).toBe(40_000)
    pair.runUntil(() => pair.responder.of('ordered').length > 0)
    // measured from the packet that was answered
    expect(pair.initiator.connection.stats.rttMicros).toBe(20_000)
  })

  test('sends nothing for a second cookie before its time, and then the second (§5-19)', () => {
    const pair = new Pair({ drop: from => from === 'responder' })
    pair.initiator.keepsSent = true
    const { localId } = pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    const { sent } = pair.initiator
    for (let i = 1; i <= 50; i++) pair.inject('initiator', cookie(localId, i))
    expect(sent.map(each => each[0])).toEqual([packetTypes.init, packetTypes.cookied])
    expect(sent[1]![1]).toBe(1)
    expect(toHex(sent[1]!.subarray(17))).toBe(toHex(sent[0]!))
    pair.run(400_000)
    expect(sent.map(each => each[0])).toEqual([packetTypes.init, packetTypes.cookied, packetTypes.cookied])
    expect(sent[2]![1]).toBe(50)
  })

  test('takes no cookie for another id, from elsewhere, or after the REPLY', () => {
    const pair = new Pair().open()
    const { connection, endpoint } = pair.initiator
    pair.run(second)
    const before = pair.initiator.sentCount
    pair.inject('initiator', cookie(connection.localId, 1), cookie(new Uint8Array(8), 1))
    expect(pair.initiator.sentCount).toBe(before)
    const waiting = new Pair({ drop: () => true })
    const { localId } = waiting.connect()
    waiting.initiator.endpoint.handleDatagrams(waiting.now, v4(1), [cookie(localId, 1)])
    waiting.drain()
    expect(waiting.initiator.sentCount).toBe(1)
    expect(endpoint.pollTimeout() ?? never).toBeGreaterThan(pair.now)
  })
})
