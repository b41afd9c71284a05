// Several connections through one bottleneck: who gets how much of it. Each pair of hosts has its own way there and back,
// and all share one queue. The same flows and seed give the same contest, to the byte. Knows hosts and a queue; what is
// fair is for who asks. PROTOCOL.md §10.

import { must } from '../src/base/assert.ts'
import { type Micros, millisecond, never, second } from '../src/base/units.ts'
import type { ControllerFactory } from '../src/proto/congestion/controller.ts'
import { prngOf } from './hops.ts'
import type { Node, Outlet } from './node.ts'
import { Delay } from './nodes/delay.ts'
import type { Host } from './nodes/endpoint.ts'
import { Queue } from './nodes/queue.ts'
import { build } from './play.ts'
import { scenario } from './scenario.ts'

export interface Flow {
  readonly controller: ControllerFactory
  /** From host to host, one way; the queue's time comes on top. */
  readonly delayMillis: number
  readonly startMillis?: number
}

export interface Contest {
  readonly megabits: number
  readonly queueBytes: number
  readonly flows: readonly Flow[]
  readonly seconds: number
  /** What the flows got before counts for nothing: they were not all there, or still finding the rate. */
  readonly fromSeconds: number
}

export interface Outcome {
  /** Of each flow, what its receiver got in the time that counts, bits a second. */
  readonly bitsPerSecond: readonly number[]
  /** Of what passed the queue and what it dropped, the part dropped. */
  readonly droppedShare: number
}

/** More than any flow sends in a contest. */
const literalBytes = 2 ** 40

class Racer {
  readonly sender: Host
  readonly receiver: Host
  readonly nodes: Node[]
  readonly wakeFrom: Micros
  bytesBefore = 0

  constructor(flow: Flow, seed: number) {
    const { initiator, responder } = build(
      scenario({
        name: 'contest',
        why: 'as much as the path lets through',
        forth: [],
        back: [],
        initiator: { literals: [literalBytes] },
        initiatorConfig: { createController: flow.controller },
      }),
      seed,
      {},
    )
    this.sender = initiator
    this.receiver = responder
    this.wakeFrom = (flow.startMillis ?? 0) * millisecond
    const way = () =>
      new Delay({ micros: flow.delayMillis * millisecond, jitterMicros: 200 }, prngOf(seed, 1))
    this.nodes = [initiator, way(), responder, way()]
  }

  get deliveredBytes(): number {
    return this.receiver.app?.ledger.deliveredBytes ?? 0
  }
}

/** 1 when all got the same, 1/n when one got all: Jain's index. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, one) => total + one, 0)
  const squares = shares.reduce((total, one) => total + one * one, 0)
  return squares === 0 ? 0 : (sum * sum) / (shares.length * squares)
}

export function hold(contest: Contest, seed: number): Outcome {
  const queue = new Queue({ bitsPerSecond: contest.megabits * 1e6, bytesMax: contest.queueBytes })
  const racers = contest.flows.map((flow, i) => new Racer(flow, seed * 1000 + i))
  const owner = new Map<Uint8Array, Racer>()
  let now: Micros = 0
  // the ring of one flow: sender, queue (shared), delay, receiver, delay, and round again
  const outletAfter = (racer: Racer, index: number): Outlet => ({
    push: datagram => {
      if (index === 0) {
        const dropped = queue.dropped
        queue.handleDatagram(now, datagram)
        if (queue.dropped === dropped) owner.set(datagram, racer)
      } else {
        const next = (index + 1) % racer.nodes.length
        must(racer.nodes[next], 'a node').handleDatagram(now, datagram, outlets.get(racer)![next]!)
      }
    },
  })
  const outlets = new Map(racers.map(racer => [racer, racer.nodes.map((_, i) => outletAfter(racer, i))]))
  const behindQueue: Outlet = {
    push: datagram => {
      const racer = must(owner.get(datagram), 'an owner')
      owner.delete(datagram)
      must(racer.nodes[1], 'a delay').handleDatagram(now, datagram, outlets.get(racer)![1]!)
    },
  }
  const until = contest.seconds * second
  let hasBegun = false
  for (;;) {
    let at = queue.wakeAt
    let wake: () => void = () => queue.handleWake(at, behindQueue)
    for (const racer of racers)
      for (const [i, node] of racer.nodes.entries()) {
        const wakeAt = Math.max(node.wakeAt, i === 0 ? racer.wakeFrom : 0)
        if (wakeAt >= at) continue
        at = wakeAt
        wake = () => node.handleWake(at, outlets.get(racer)![i]!)
      }
    if (at === never || at > until) break
    if (!hasBegun && at >= contest.fromSeconds * second) {
      hasBegun = true
      for (const racer of racers) racer.bytesBefore = racer.deliveredBytes
    }
    now = at
    wake()
  }
  const seconds = contest.seconds - contest.fromSeconds
  return {
    bitsPerSecond: racers.map(racer => (8 * (racer.deliveredBytes - racer.bytesBefore)) / seconds),
    droppedShare: queue.dropped / Math.max(1, queue.dropped + queue.passed),
  }
}
