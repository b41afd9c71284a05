// Several ways to one end, in virtual time: when each begins, who wins, and what becomes of the others.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { race } from '../../src/net/race.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

type Ending = { readonly afterMillis: number; readonly is: 'good' | 'bad' | 'final' }

/** Ways that end as `endings` says; undefined: never by themselves. */
class World {
  readonly log: string[] = []
  readonly #startMillis = performance.now()
  outcome: unknown

  constructor(begins: readonly number[], endings: readonly (Ending | undefined)[], signal?: AbortSignal) {
    const ways = begins.map((afterMillis, i) => ({
      afterMillis,
      begin: (signal: AbortSignal, onWon: () => void) => this.#run(i, endings[i], signal, onWon),
    }))
    race(ways, {
      signal,
      limitMillis: 10_000,
      isFinal: fault => String(fault).startsWith('final'),
      failed: faults => `failed: ${faults.join()}`,
    }).then(
      prize => {
        this.outcome = prize
      },
      (fault: unknown) => {
        this.outcome = fault
      },
    )
  }

  #say(what: string): void {
    this.log.push(`${Math.round(performance.now() - this.#startMillis)} ${what}`)
  }

  #run(i: number, ending: Ending | undefined, signal: AbortSignal, onWon: () => void): Promise<string> {
    this.#say(`begin ${i}`)
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.#say(`abort ${i}`)
        reject(`aborted ${i}`)
      })
      if (!ending) return
      setTimeout(() => {
        if (signal.aborted) return
        this.#say(`${ending.is} ${i}`)
        if (ending.is !== 'good') return reject(`${ending.is} ${i}`)
        onWon()
        resolve(`way ${i}`)
      }, ending.afterMillis)
    })
  }

  async run(millis: number): Promise<this> {
    await vi.advanceTimersByTimeAsync(millis)
    return this
  }
}

const good = (afterMillis: number): Ending => ({ afterMillis, is: 'good' })
const bad = (afterMillis: number): Ending => ({ afterMillis, is: 'bad' })

describe('the next way begins', () => {
  test('when its time has come, and not at all when the first has won', async () => {
    const late = await new World([0, 250, 1500], [good(300)]).run(9_000)
    expect(late.log).toEqual(['0 begin 0', '250 begin 1', '300 good 0', '300 abort 1'])
    expect(late.outcome).toBe('way 0')
    const soon = await new World([0, 250], [good(100)]).run(9_000)
    expect(soon.log).toEqual(['0 begin 0', '100 good 0'])
  })

  test('at once when no other is under way', async () => {
    const { log, outcome } = await new World([0, 1500], [bad(20), good(10)]).run(9_000)
    expect(log).toEqual(['0 begin 0', '20 bad 0', '20 begin 1', '30 good 1'])
    expect(outcome).toBe('way 1')
  })

  test('no sooner while one is', async () => {
    const { log } = await new World([0, 250, 500], [undefined, bad(10), good(5)]).run(9_000)
    expect(log).toEqual(['0 begin 0', '250 begin 1', '260 bad 1', '500 begin 2', '505 good 2', '505 abort 0'])
  })
})

describe('it fails', () => {
  test('when the last has, with what each came to, in order', async () => {
    const { log, outcome } = await new World([0, 250], [bad(400), bad(10)]).run(9_000)
    expect(log).toEqual(['0 begin 0', '250 begin 1', '260 bad 1', '400 bad 0'])
    expect(outcome).toBe('failed: bad 0,bad 1')
  })

  test('at once by a fault that no other way can mend', async () => {
    const { log, outcome } = await new World(
      [0, 250, 9_000],
      [{ afterMillis: 300, is: 'final' }, undefined],
    ).run(9_999)
    expect(log).toEqual(['0 begin 0', '250 begin 1', '300 final 0', '300 abort 1'])
    expect(outcome).toBe('final 0')
  })

  test('when the time is up, whatever is under way', async () => {
    const { log, outcome } = await new World([0, 250], [bad(20), undefined]).run(10_001)
    expect(log).toEqual(['0 begin 0', '20 bad 0', '20 begin 1', '10000 abort 1'])
    expect(outcome).toBe('failed: bad 0')
  })

  test('when it is given up, and begins nothing more', async () => {
    const controller = new AbortController()
    const world = await new World([0, 250, 500], [undefined, undefined, good(1)], controller.signal).run(300)
    controller.abort()
    await world.run(9_000)
    expect(world.log).toEqual(['0 begin 0', '250 begin 1', '300 abort 0', '300 abort 1'])
    expect(world.outcome).toBe('failed: aborted 0,aborted 1')
  })
})
