// ANSWER: the receiver takes the object, and says what it holds and how much it lets be made. PROTOCOL.md §15.3

import type { Range } from '../../base/ranges.ts'
import { candidatesMax, codecsMax, runsBytesMax } from '../limits.ts'
import {
  at,
  bytesUpTo,
  choice,
  count,
  list,
  maybeAt,
  type Slots,
  size,
  tuple,
  where,
} from '../message_fields.ts'
import { ascending, blobId, ranges, transferId } from './kinds.ts'

export const type = 2

/** One of the offered candidates that the receiver holds whole. */
export interface HeldCandidate {
  /** Its place in the OFFER, from 0. */
  readonly index: number
  /** How ops name it in this transfer. */
  readonly alias: number
  readonly blob: Uint8Array
  readonly size: number
}

export interface Answer {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /**
   * 'whole': the receiver has the offered blob. 'open': send. 'name': say the blob id first, by another OFFER. 'list': send
   * the tree's manifest first (§15.3-9). 'kept': what the receiver has stays (§15.3-12).
   */
  readonly state: 'whole' | 'open' | 'name' | 'list' | 'kept'
  /** Output ranges that are there from an earlier attempt. */
  readonly held: readonly Range[]
  readonly candidates: readonly HeldCandidate[]
  /** How many output bytes the ops of this transfer may make. */
  readonly grant: number
  /** Literal codecs of §14.6 the receiver has, ascending; raw goes without saying. */
  readonly codecs: readonly number[]
  /** Entries of the tree of which nothing is to be sent (§15.3-10), as runs: cut/manifest/runs. */
  readonly unwanted?: Uint8Array
  /** Files of the tree that are held whole, likewise. */
  readonly heldFiles?: Uint8Array
}

const aliasMax = 255
const held = tuple<HeldCandidate>({
  index: count(candidatesMax - 1),
  alias: count(aliasMax),
  blob: blobId,
  size,
})

/** Each at most once, in the order of the OFFER, and no two by one name (§15.3-2). */
function areDistinct(candidates: readonly HeldCandidate[]): boolean {
  const aliases = new Set(candidates.map(candidate => candidate.alias))
  const isAscending = candidates.every((candidate, i) => candidate.index > (candidates[i - 1]?.index ?? -1))
  return isAscending && aliases.size === candidates.length
}

export const slots: Slots<Answer> = {
  transfer: at(1, transferId),
  state: at(2, choice({ whole: 1, open: 2, name: 3, list: 4, kept: 5 })),
  held: at(3, ranges),
  candidates: at(4, where(list(held, candidatesMax), areDistinct)),
  grant: at(5, size),
  codecs: at(6, ascending(1, 255, codecsMax)),
  unwanted: maybeAt(7, bytesUpTo(runsBytesMax)),
  heldFiles: maybeAt(8, bytesUpTo(runsBytesMax)),
}
