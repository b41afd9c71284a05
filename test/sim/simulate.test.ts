// The virtual clock itself: it jumps, it repeats, and it tells a hang from a finish.

import { expect, test } from 'vitest'
import type { Node, Outlet } from '../../netsim/node.ts'
import { Delay } from '../../netsim/nodes/delay.ts'
import { simulate } from '../../netsim/simulate.ts'
import { Prng } from '../../src/base/prng.ts'
import { type Micros, minute, never, second } from '../../src/base/units.ts'

/** Sends a datagram around the ring, `rounds` times, each when the last is back. */
class Runner implements Node {
  readonly name = 'runner'
  readonly seen: Micros[] = []
  #left: number
  wakeAt: Micros = 0

  constructor(rounds: number) {
    this.#left = rounds
  }

  get isDone(): boolean {
    return this.#left === 0
  }

  toString(): string {
    return `runner with ${this.#left} left`
  }

  handleWake(_now: Micros, next: Outlet): void {
    this.wakeAt = never
    next.push(new Uint8Array(1))
  }

  handleDatagram(now: Micros): void {
    this.seen.push(now)
    this.#left--
    if (this.#left > 0) this.wakeAt = now
  }
}

/** A node whose every wake-up asks for the next one. */
function restless(next: (now: Micros) => Micros): Node {
  return {
    name: 'restless',
    isDone: false,
    wakeAt: 0,
    handleDatagram() {},
    handleWake(now) {
      ;(this as { wakeAt: Micros }).wakeAt = next(now)
    },
  }
}

const slow = () => new Delay({ micros: 10 * minute }, new Prng(1))

test('an hour of waiting takes as many steps as there are events', () => {
  const runner = new Runner(6)
  const { nowMicros, steps } = simulate({ nodes: [runner, slow()], untilMicros: 100 * minute })
  expect(nowMicros).toBe(60 * minute)
  expect(runner.seen).toEqual([10, 20, 30, 40, 50, 60].map(minutes => minutes * minute))
  expect(steps).toBe(12)
})

test('a ring where nobody wants anything but somebody is not done has failed', () => {
  const deaf: Node = { name: 'deaf', isDone: true, wakeAt: never, handleDatagram() {}, handleWake() {} }
  expect(() => simulate({ nodes: [new Runner(3), deaf], untilMicros: minute })).toThrow(
    'idle but not done: runner with 3 left',
  )
})

test('a run that takes longer than it may has failed', () => {
  expect(() => simulate({ nodes: [new Runner(6), slow()], untilMicros: 59 * minute })).toThrow('out of time')
  simulate({ nodes: [new Runner(6), slow()], untilMicros: 60 * minute })
})

test('a node that spins in one moment is named', () => {
  expect(() => simulate({ nodes: [restless(now => now)], untilMicros: minute })).toThrow(
    'busy loop: restless',
  )
})

test('a node that lets time creep runs into the budget', () => {
  const nodes = [restless(now => now + 1)]
  expect(() => simulate({ nodes, untilMicros: 100 * second, stepsMax: 1000 })).toThrow('over 1000 steps')
})

test('a node that asks for the past is named', () => {
  expect(() => simulate({ nodes: [restless(now => (now === 0 ? 10 : 5))], untilMicros: minute })).toThrow(
    'restless asks to be woken in the past',
  )
})
