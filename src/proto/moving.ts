// What follows from a change of address, the peer's or ours: what was learnt about the path goes where the host is another,
// and the other side is told at once. Decides nothing about addresses: path/whereabouts.ts does. PROTOCOL.md §4.2.

import type { Micros } from '../base/units.ts'
import type { Parts } from './parts.ts'
import type { Path } from './path/path.ts'
import type { Aside, Move } from './path/whereabouts.ts'

/** The peer is elsewhere. §4.2-5 */
export function follow(now: Micros, parts: Parts, path: Path, { isNewHost, rttMicros }: Move): void {
  if (path.hasCarried) parts.stats.addressChanges++
  // the address was all that it wanted. §4.3-3
  if (!path.carries) parts.paths.carry(now, path, rttMicros)
  else if (isNewHost) path.recovery.onNewPath(now, rttMicros)
  tell(now, path)
}

/** We are elsewhere, or where we were before, after a while without a way from there. §4.2-6 */
export function moveOurselves(
  now: Micros,
  parts: Parts,
  path: Path,
  isNewHost: boolean,
  datagramBytesMax: number,
): void {
  if (isNewHost) {
    path.recovery.onNewPath(now, undefined)
    path.recovery.setCeiling(Math.min(datagramBytesMax, parts.peerDatagramBytesMax))
  }
  tell(now, path)
  parts.framesOut.pingPending = true
}

/** What goes next by the path, if it goes alone and by its own address. */
export function asideOf({ keys, isConfirmed }: Parts, { whereabouts }: Path): Aside | undefined {
  return keys && isConfirmed ? whereabouts.aside : undefined
}

// what went before may be lost, both ways: nobody waits for a time-out
function tell(now: Micros, { recovery, seen }: Path): void {
  recovery.probeAtOnce()
  seen.sayAgain(now)
}
