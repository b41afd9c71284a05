// Several ways side by side, one for each link of the initiator: each is a chain of pieces of its own, and a datagram goes
// by the link it was sent from, or is sent to. Where they meet again is the other host.

import { assert, must } from '../../src/base/assert.ts'
import { type Micros, never } from '../../src/base/units.ts'
import { envelopeOf, linkOf } from '../envelope.ts'
import type { Node, Outlet } from '../node.ts'

export interface ForkOptions {
  /** From the initiator, or back to it. */
  readonly isBack: boolean
  /** By link. */
  readonly ways: readonly (readonly Node[])[]
}

interface Moment {
  now: Micros
  next: Outlet | undefined
}

// The way into one node of a chain.
class Step implements Outlet {
  readonly node: Node
  readonly after: Outlet
  readonly #moment: Moment

  constructor(node: Node, after: Outlet, moment: Moment) {
    this.node = node
    this.after = after
    this.#moment = moment
  }

  push(datagram: Uint8Array): void {
    this.node.handleDatagram(this.#moment.now, datagram, this.after)
  }
}

export class Fork implements Node {
  readonly name = 'fork'
  readonly isDone = true
  readonly #isBack: boolean
  readonly #moment: Moment = { now: 0, next: undefined }
  readonly #steps: readonly (readonly Step[])[]

  constructor({ isBack, ways }: ForkOptions) {
    this.#isBack = isBack
    const end: Outlet = { push: datagram => this.#moment.next?.push(datagram) }
    this.#steps = ways.map(nodes => {
      const steps: Step[] = []
      for (const node of [...nodes].reverse()) steps.unshift(new Step(node, steps[0] ?? end, this.#moment))
      return steps
    })
  }

  get wakeAt(): Micros {
    let at: Micros = never
    for (const steps of this.#steps) for (const { node } of steps) at = Math.min(at, node.wakeAt)
    return at
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    const { from, to } = must(envelopeOf(datagram), 'a datagram that a host sent')
    const first = this.#steps[linkOf(this.#isBack ? to : from)]?.[0]
    assert(first !== undefined, `a way for ${from.host} to ${to.host}`)
    this.#enter(now, next)
    first.push(datagram)
  }

  handleWake(now: Micros, next: Outlet): void {
    this.#enter(now, next)
    for (const steps of this.#steps)
      for (const { node, after } of steps) if (node.wakeAt <= now) node.handleWake(now, after)
  }

  #enter(now: Micros, next: Outlet): void {
    this.#moment.now = now
    this.#moment.next = next
  }
}
