// What follows from a change of address, the peer's or ours: what was learnt about the path goes where the host is another,
// and the other side is told at once. Decides nothing about addresses: path/whereabouts.ts does. PROTOCOL.md §4.1.

import type { Micros } from '../base/units.ts'
import type { Parts } from './parts.ts'
import type { Aside, Move } from './path/whereabouts.ts'

/** The peer is elsewhere. §4.1-5 */
export function follow(now: Micros, parts: Parts, { isNewHost, rttMicros }: Move): void {
  parts.stats.addressChanges++
  if (isNewHost) parts.recovery.onNewPath(now, rttMicros)
  tell(now, parts)
}

/** We are elsewhere, or where we were before, after a while without a way from there. §4.1-6 */
export function moveOurselves(now: Micros, parts: Parts, isNewHost: boolean, datagramBytesMax: number): void {
  if (isNewHost) {
    parts.recovery.onNewPath(now, undefined)
    parts.recovery.setCeiling(Math.min(datagramBytesMax, parts.peerDatagramBytesMax))
  }
  tell(now, parts)
  parts.framesOut.pingPending = true
}

/** What goes next, if it goes alone and by its own address. */
export function asideOf({ keys, isConfirmed, whereabouts }: Parts): Aside | undefined {
  return keys && isConfirmed ? whereabouts.aside : undefined
}

// what went before may be lost, both ways: nobody waits for a time-out
function tell(now: Micros, { recovery, seen }: Parts): void {
  recovery.probeAtOnce()
  seen.sayAgain(now)
}
