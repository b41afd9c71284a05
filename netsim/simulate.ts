// The virtual clock: time jumps to the earliest node that wants to be woken, and stands still while it works.
// A run ends when every node is done; a ring where nobody wants anything but somebody is not done has failed, and so
// has one that spins. Knows nodes, not what they do.

import { type Micros, never } from '../src/base/units.ts'
import type { Node, Outlet } from './node.ts'

/** More wake-ups than this at one moment is a busy loop, not work: a batch is a few hundred datagrams. */
const stepsPerMomentMax = 100_000

export interface SimulationOptions {
  /** In the order datagrams travel; the last hands to the first. */
  readonly nodes: readonly Node[]
  /** The run fails when the clock passes this before all are done. */
  readonly untilMicros: Micros
  /** The run fails after so many wake-ups: a livelock that lets time pass slowly. */
  readonly stepsMax?: number
  /** Called after every wake-up, for invariants; throws to end the run. */
  readonly afterStep?: (now: Micros, node: Node) => void
  /** Called for every datagram that passes from one node to the next. */
  readonly trace?: (now: Micros, from: Node, to: Node, datagram: Uint8Array) => void
}

export interface Simulation {
  readonly nowMicros: Micros
  readonly steps: number
}

export class SimulationFailure extends Error {
  readonly nowMicros: Micros

  constructor(now: Micros, why: string) {
    super(`at ${(now / 1e6).toFixed(6)} s: ${why}`)
    this.name = 'SimulationFailure'
    this.nowMicros = now
  }
}

interface Clock {
  now: Micros
}

// The way into one node: its neighbour before pushes here.
class Entrance implements Outlet {
  readonly #clock: Clock
  readonly #from: Node
  readonly #to: Node
  readonly #trace: SimulationOptions['trace']
  #next: Outlet | undefined

  constructor(clock: Clock, from: Node, to: Node, trace: SimulationOptions['trace']) {
    this.#clock = clock
    this.#from = from
    this.#to = to
    this.#trace = trace
  }

  connect(next: Outlet): void {
    this.#next = next
  }

  push(datagram: Uint8Array): void {
    if (this.#trace) this.#trace(this.#clock.now, this.#from, this.#to, datagram)
    this.#to.handleDatagram(this.#clock.now, datagram, this.#next!)
  }
}

export function simulate(options: SimulationOptions): Simulation {
  const { nodes, untilMicros, stepsMax = 50_000_000, afterStep } = options
  const clock: Clock = { now: 0 }
  const outlets = connectRing(nodes, clock, options.trace)
  let steps = 0
  let stepsNow = 0
  for (;;) {
    const index = earliest(nodes)
    const node = nodes[index]!
    const at = node.wakeAt
    if (at < clock.now)
      throw new SimulationFailure(clock.now, `${node.name} asks to be woken in the past, at ${at}`)
    if (at === never || at > clock.now) {
      // only between moments: what is due now is still part of this one
      if (nodes.every(each => each.isDone)) return { nowMicros: clock.now, steps }
      if (at === never) throw new SimulationFailure(clock.now, `idle but not done: ${waiting(nodes)}`)
      stepsNow = 0
      clock.now = at
    }
    if (at > untilMicros) throw new SimulationFailure(clock.now, `out of time: ${waiting(nodes)}`)
    if (++stepsNow > stepsPerMomentMax)
      throw new SimulationFailure(clock.now, `busy loop: ${node.name} spins`)
    if (++steps > stepsMax)
      throw new SimulationFailure(clock.now, `over ${stepsMax} steps: ${waiting(nodes)}`)
    node.handleWake(at, outlets[index]!)
    if (afterStep) afterStep(at, node)
  }
}

function connectRing(nodes: readonly Node[], clock: Clock, trace: SimulationOptions['trace']): Entrance[] {
  const outlets = nodes.map((node, i) => new Entrance(clock, node, nodes[(i + 1) % nodes.length]!, trace))
  for (const [i, outlet] of outlets.entries()) outlet.connect(outlets[(i + 1) % nodes.length]!)
  return outlets
}

// A ring has a dozen nodes: looking at each costs less than keeping a heap.
function earliest(nodes: readonly Node[]): number {
  let best = 0
  let bestAt = nodes[0]!.wakeAt
  for (let i = 1; i < nodes.length; i++) {
    const at = nodes[i]!.wakeAt
    if (at < bestAt) {
      best = i
      bestAt = at
    }
  }
  return best
}

function waiting(nodes: readonly Node[]): string {
  const names = nodes.filter(node => !node.isDone).map(String)
  return names.length === 0 ? 'nobody waits' : `${names.join(', ')} not done`
}
