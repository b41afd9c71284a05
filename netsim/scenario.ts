// What a scenario says: the path both ways, what the two applications do, and how it must end. Data only; play.ts
// plays it. A scenario's numbers come with their reason in `why`.

import type { Config } from '../src/proto/config.ts'
import type { Hop } from './hops.ts'
import type { Script } from './script.ts'

export interface Scenario {
  readonly name: string
  /** What is on the path, and what must hold all the same: the second half of a test's name. */
  readonly why: string
  /** Initiator to responder, in order; and back. */
  readonly forth: readonly Hop[]
  readonly back: readonly Hop[]
  readonly initiator: Script
  readonly responder: Script
  readonly initiatorConfig?: Partial<Config>
  readonly responderConfig?: Partial<Config>
  /** What the initiator knows of the responder's key. */
  readonly pin: 'right' | 'wrong' | 'none'
  readonly hasPsk?: boolean
  readonly ends: { readonly initiator: readonly string[]; readonly responder: readonly string[] }
  /** Whether every byte must have arrived by the end. */
  readonly completes: boolean
  readonly virtualSecondsMax: number
  readonly bounds?: Bounds
}

/** What a run may cost beyond ending well. */
export interface Bounds {
  /** Stream bytes sent again, as a share of those delivered. */
  readonly resentShareMax?: number
  /** The longest time with bytes due and none delivered. */
  readonly stallSecondsMax?: number
  readonly virtualSecondsMin?: number
  /** Key updates of the initiator. */
  readonly keyUpdatesMin?: number
  /** The most the responder held that its application had not taken. */
  readonly bufferedBytesMax?: number
  /** Datagrams the two sides send together: a replay or a dead peer must not make anybody talk much. */
  readonly datagramsMax?: number
  /** Over both directions, from the first byte to the last. */
  readonly megabitsMin?: number
  /** The most paths that carried at once, to the initiator. */
  readonly paths?: number
  readonly pathsMax?: number
  /** How often the responder finds the initiator at another address. */
  readonly addressChanges?: { readonly min: number; readonly max: number }
  /** The datagram size the initiator ends with. */
  readonly datagramBytes?: { readonly min: number; readonly max: number }
}

export const finished = { initiator: ['local:NONE'], responder: ['peer:NONE'] } as const
/** CLOSE is said once and answered for a while (§12-1): where packets are lost, the other side may have to wait. */
export const finishedOrIdle = { initiator: ['local:NONE'], responder: ['peer:NONE', 'idle'] } as const

export function delay(millis: number, more: { jitterMillis?: number; reorders?: boolean } = {}): Hop {
  return { kind: 'delay', millis, ...more }
}

/** A link of `megabits` whose queue holds `queueMillis` of traffic. */
export function link(megabits: number, queueMillis: number): Hop {
  return { kind: 'queue', megabits, bytes: Math.round((megabits * 1000 * queueMillis) / 8) }
}

const plain = {
  forth: [delay(10)],
  back: [delay(10)],
  initiator: {},
  responder: {},
  pin: 'right',
  ends: finished,
  completes: true,
  virtualSecondsMax: 60,
} satisfies Partial<Scenario>

/** A scenario that is an ordinary 20 ms path to a known peer, but for what is said. */
export function scenario(says: Pick<Scenario, 'name' | 'why'> & Partial<Scenario>): Scenario {
  return { ...plain, ...says }
}
