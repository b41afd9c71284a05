// The states of a connection and which may follow which. PROTOCOL.md §5, §12.
//
//   handshaking ──> open ──> finishing ──> closing  ──> closed
//        │            │           │    └─> draining ──> closed
//        └────────────┴───────────┴──────> closing, draining, or closed at once
//
// closing: we said CLOSE and answer with it for a while. draining: the peer said it. Both are silent otherwise.

import { unreachable } from '../base/assert.ts'
import type { Micros } from '../base/units.ts'
import type { CloseReason } from './events.ts'

export type State =
  | { readonly kind: 'handshaking' }
  | { readonly kind: 'open' }
  /** The owner writes no more; CLOSE NONE follows the last acknowledgement. §12-2 */
  | { readonly kind: 'finishing' }
  | { readonly kind: 'closing'; readonly reason: CloseReason; readonly until: Micros }
  | { readonly kind: 'draining'; readonly reason: CloseReason; readonly until: Micros }
  | { readonly kind: 'closed'; readonly reason: CloseReason }

/** True while the connection carries data or may come to: the owner has not been told that it ended. */
export function isLive(state: State): boolean {
  switch (state.kind) {
    case 'handshaking':
    case 'open':
    case 'finishing':
      return true
    case 'closing':
    case 'draining':
    case 'closed':
      return false
    default:
      return unreachable(state)
  }
}

export function mayFollow(from: State, to: State): boolean {
  switch (from.kind) {
    case 'handshaking':
      return to.kind !== 'handshaking' && to.kind !== 'finishing'
    case 'open':
      return to.kind !== 'handshaking' && to.kind !== 'open'
    case 'finishing':
      return !isLive(to)
    case 'closing':
    case 'draining':
      return to.kind === 'closed'
    case 'closed':
      return false
    default:
      return unreachable(from)
  }
}
