// What BBR is doing, and how fast that is beside what the path delivers. draft-ietf-ccwg-bbr §4.3. Knows no path.

import type { Micros } from '../../../base/units.ts'
import type { Queue } from './losses.ts'

/** Doubles the rate in a round trip: 4 × ln 2. */
export const startupGain = 2.77
const drainGain = 0.5
export const upGain = 1.25
const downGain = 0.9
/** Where a long queue stands though we look for no more: each of several believes in the most it ever got. */
const crowdedGain = 0.9

export interface Up {
  readonly kind: 'up'
  readonly round: number
  readonly isCrowded: boolean
  /** The rate when the last round trip of it was over, and whether it had grown until then. */
  readonly bytesPerSecond: number
  readonly isGrowing: boolean
}

export type Phase =
  /** Until the pipe is full: twice the rate each round trip. */
  | { readonly kind: 'startup' }
  /** Until the queue that start-up made is gone. */
  | { readonly kind: 'drain' }
  /** Below what the path delivers, until no queue is left. */
  | { readonly kind: 'down' }
  /** At what it delivers, until it is time to look for more. */
  | { readonly kind: 'cruise' }
  /** A round trip that fills the pipe to where losses ended the last look. */
  | { readonly kind: 'refill'; readonly round: number }
  /** Above it, until a queue or a loss shows the end. */
  | Up
  /** Nearly empty, so that the round trip shows itself; `until` once it is. */
  | {
      readonly kind: 'probe rtt'
      readonly until: Micros | undefined
      readonly round: number
      readonly windowBytes: number
    }

/** The part of the path's rate that is sent in a phase. */
export function gainOf(kind: Phase['kind'], queue: Queue): number {
  switch (kind) {
    case 'startup':
      return startupGain
    case 'drain':
      return drainGain
    case 'down':
      return downGain
    case 'up':
      return upGain
    case 'cruise':
      return queue === 'long' ? crowdedGain : 1
    default:
      return 1
  }
}
