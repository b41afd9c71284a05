// Which addresses are asked to prove themselves, how often, and when the peer is taken to have moved. §4.2, §7.12, §7.13.

import { describe, expect, test } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { type Micros, millisecond, never, second } from '../../../src/base/units.ts'
import type { Address } from '../../../src/proto/address.ts'
import { type Aside, pathPacketBytes, Whereabouts } from '../../../src/proto/path/whereabouts.ts'

const home: Address = { host: 'home', port: 1 }
const at = (host: string, port = 1): Address => ({ host, port })
const timeout: Micros = 100 * millisecond

class Case {
  now: Micros = 0
  number = 0
  readonly of: Whereabouts

  constructor() {
    const prng = new Prng(5)
    this.of = new Whereabouts(home, bytes => prng.fill(new Uint8Array(bytes)))
    this.opened(home)
  }

  opened(from: Address, number = this.number++, bytes = 1000) {
    return this.of.onOpened(this.now, from, number, bytes, timeout)
  }

  /** Everything that is to go now. */
  sent(): Aside[] {
    const asides: Aside[] = []
    for (let aside = this.of.aside; aside; aside = this.of.aside) {
      asides.push(aside)
      this.of.onAsideSent()
    }
    return asides
  }

  challenge(to: Address): Uint8Array {
    const found = this.sent().find(({ address }) => address.host === to.host && address.port === to.port)
    if (!found) throw new Error('no challenge')
    return found.data
  }

  wait(): void {
    this.now = this.of.deadline
    this.of.onTimeout(this.now)
  }
}

describe('a challenge', () => {
  test('goes where the newest packet came from (§4.2-1), and the peer stays where it is until the answer (§4.2-2)', () => {
    const one = new Case()
    expect(one.opened(at('away'))).toBeUndefined()
    expect(one.sent()).toMatchObject([{ kind: 'challenge', address: at('away') }])
    expect(one.of.current).toBe(home)
  })

  test('does not go where an older packet came from, nor for one that came before (§4.2-1)', () => {
    const one = new Case()
    one.opened(home, 9)
    one.opened(at('away'), 8)
    one.opened(at('away'), 9)
    expect(one.of.candidates).toBe(0)
    one.opened(at('away'), 10)
    expect(one.of.candidates).toBe(1)
  })

  test('goes three times, after 1 and 2 time-outs; 4 after the last, and 3 s after the first, it is forgotten (§4.2-1, §4.2-4)', () => {
    const one = new Case()
    one.opened(at('away'))
    const times: Micros[] = []
    while (one.of.deadline !== never) {
      for (const _ of one.sent()) times.push(one.now)
      one.wait()
    }
    expect(times).toEqual([0, timeout, 3 * timeout])
    expect(one.now).toBe(3 * second)
    expect(one.of.candidates).toBe(0)
  })

  test('on a long way waits for longer than 3 s', () => {
    const one = new Case()
    one.of.onOpened(0, at('away'), one.number++, 1000, second)
    while (one.of.deadline !== never) {
      one.sent()
      one.wait()
    }
    expect(one.now).toBe(7 * second)
  })

  test('has data of its own for each address, the same each time (§7.12-1)', () => {
    const one = new Case()
    one.opened(at('away', 1))
    one.opened(at('away', 2))
    const first = one.sent().map(({ data }) => data)
    one.wait()
    const again = one.sent().map(({ data }) => data)
    expect(first[0]).not.toEqual(first[1])
    expect(again).toEqual(first)
  })

  for (const [bytes, sent] of [
    [pathPacketBytes / 3, 1],
    [pathPacketBytes / 3 - 1, 0],
    [(2 * pathPacketBytes) / 3, 2],
    [(2 * pathPacketBytes) / 3 - 1, 1],
  ] as const) {
    test(`${sent} for ${bytes} bytes that opened: three times as much and no more (§4.2-3)`, () => {
      const one = new Case()
      one.opened(at('away'), one.number++, bytes)
      let challenges = 0
      while (one.of.deadline !== never) {
        challenges += one.sent().length
        one.wait()
      }
      expect(challenges).toBe(sent)
    })
  }

  test('goes to four addresses at once; a fifth takes the place of the oldest (§4.2-4)', () => {
    const one = new Case()
    for (let port = 1; port <= 4; port++) one.opened(at('away', port))
    expect(one.of.candidates).toBe(4)
    const oldest = one.challenge(at('away', 1))
    one.opened(at('away', 5))
    expect(one.of.candidates).toBe(4)
    one.opened(at('away', 5))
    expect(one.of.onResponse(one.now, at('away', 1), oldest)).toBeUndefined()
    expect(one.of.current).toBe(home)
  })
})

describe('the answer', () => {
  test('asks anew where the peer finds us at another address of ours (§4.2-7)', () => {
    const one = new Case()
    const elsewhere = { ...home, local: 'ours' }
    one.opened(elsewhere)
    const [aside] = one.sent()
    expect(aside).toMatchObject({ kind: 'challenge', address: elsewhere })
    if (aside?.kind !== 'challenge') throw new Error('no challenge')
    expect(one.of.onResponse(one.now, home, aside.data), 'by the way before').toBeUndefined()
    expect(one.of.onResponse(one.now, elsewhere, aside.data)).toMatchObject({ isNewHost: true })
    expect(one.of.current).toEqual(elsewhere)
  })

  test('moves the peer, and says what it took (§4.2-2)', () => {
    const one = new Case()
    one.opened(at('away'))
    const data = one.challenge(at('away'))
    one.now = 30 * millisecond
    one.opened(at('away'))
    expect(one.of.onResponse(one.now, at('away'), data)).toEqual({
      isNewHost: true,
      rttMicros: 30 * millisecond,
    })
    expect(one.of.current).toEqual(at('away'))
    expect(one.of.deadline).toBe(never)
  })

  test('of the second challenge says nothing of the round trip', () => {
    const one = new Case()
    one.opened(at('away'))
    one.sent()
    one.wait()
    expect(one.of.onResponse(one.now, at('away'), one.challenge(at('away')))?.rttMicros).toBeUndefined()
  })

  test('of another port is told apart from that of another host (§4.2-5)', () => {
    const one = new Case()
    one.opened(at('home', 2))
    expect(one.of.onResponse(one.now, at('home', 2), one.challenge(at('home', 2)))?.isNewHost).toBe(false)
  })

  test('from elsewhere, with other data, or without a challenge changes nothing (§7.13-1)', () => {
    const one = new Case()
    one.opened(at('away'))
    expect(one.of.onResponse(one.now, at('away'), one.of.aside!.data), 'not sent yet').toBeUndefined()
    const data = one.challenge(at('away'))
    const other = data.slice()
    other[7]! ^= 1
    for (const [from, bytes] of [
      [home, data],
      [at('away', 2), data],
      [at('away'), other],
    ] as const)
      expect(one.of.onResponse(one.now, from, bytes)).toBeUndefined()
    expect(one.of.current).toBe(home)
  })

  test('proves an address, but the peer is where its newest packet came from (§4.2-2)', () => {
    const one = new Case()
    one.opened(at('away'))
    const data = one.challenge(at('away'))
    one.opened(home)
    expect(one.of.onResponse(one.now, at('away'), data)).toBeUndefined()
    expect(one.of.current).toBe(home)
    expect(one.opened(at('away')), 'proven before').toMatchObject({ isNewHost: true })
  })

  test('a late packet from before the move does not move it back; the next one asks again', () => {
    const one = new Case()
    one.opened(at('away'))
    one.of.onResponse(one.now, at('away'), one.challenge(at('away')))
    one.opened(home, 0)
    expect(one.of.candidates).toBe(0)
    one.opened(home)
    expect(one.sent()).toMatchObject([{ kind: 'challenge', address: home }])
    expect(one.of.current).toEqual(at('away'))
  })
})

test('four challenges of the peer wait for an answer, to where each came from; a fifth is dropped (§7.12-2)', () => {
  const one = new Case()
  const data = (i: number) => new Uint8Array(8).fill(i)
  for (let i = 1; i <= 5; i++) one.of.onChallenge(at('away', i), data(i))
  expect(one.sent()).toEqual(
    [1, 2, 3, 4].map(i => ({ kind: 'response', address: at('away', i), data: data(i) })),
  )
})
