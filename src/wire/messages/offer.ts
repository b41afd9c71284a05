// OFFER: the sender has something. The only message that may ride in the first flight. PROTOCOL.md §15.2

import { candidatesMax, nameBytesMax } from '../limits.ts'
import {
  at,
  bytes,
  choice,
  count,
  flag,
  integer,
  list,
  maybeAt,
  type Slots,
  size,
  text,
  tuple,
  where,
} from '../message_fields.ts'
import { type Blob, blob, blobId, transferId } from './kinds.ts'

export const type = 1

/** A blob the sender has and thinks near: the receiver may hold it too. */
export interface OfferedCandidate {
  /** The first 8 bytes of its blob id. */
  readonly short: Uint8Array
  readonly size: number
}

export interface Offer {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /**
   * 'blob' is for the pool: no file is made of it (§15.2-4). 'tree' is an image, with its manifest as `list`. 'stream' is a
   * file whose length END tells (§15.2-6).
   */
  readonly kind: 'file' | 'blob' | 'tree' | 'stream'
  /** A file name, no path: isFileName holds for it. */
  readonly name: string
  readonly size: number
  readonly mtimeMillis: number
  /** Beyond the milliseconds; 0 where it is absent. */
  readonly mtimeNanos?: number
  /** The low 12 bits of st_mode. */
  readonly mode: number
  /** Which seed and parameters the sender's addresses are made with. */
  readonly poolId: Uint8Array
  readonly chunking: number
  /** The object's blob id, when the sender knows it already. */
  readonly blob?: Uint8Array
  readonly candidates: readonly OfferedCandidate[]
  /** A tree's manifest. */
  readonly list?: Blob
  readonly listCandidates?: readonly OfferedCandidate[]
  /** True: nothing is to be made of it (§15.2-7). */
  readonly inquiry?: boolean
  /** The secret of a ticket (§15.2-8). */
  readonly ticket?: Uint8Array
}

/** The moments a Date can hold, before and after 1970. */
const mtimeMillisMax = 8.64e15

/** §15.2-1. Whoever makes a file of it asks again: this knows nothing of the machine's own rules. */
export function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}

const candidates = list(tuple<OfferedCandidate>({ short: bytes(8), size }), candidatesMax)

export const slots: Slots<Offer> = {
  transfer: at(1, transferId),
  kind: at(2, choice({ file: 1, blob: 2, tree: 3, stream: 4 })),
  name: at(3, where(text(1, nameBytesMax), isFileName)),
  size: at(4, size),
  mtimeMillis: at(5, integer(-mtimeMillisMax, mtimeMillisMax)),
  mode: at(6, count(0o7777)),
  poolId: at(7, bytes(16)),
  chunking: at(8, count(255)),
  blob: maybeAt(9, blobId),
  candidates: at(10, candidates),
  list: maybeAt(11, blob),
  listCandidates: maybeAt(12, candidates),
  inquiry: maybeAt(13, flag),
  mtimeNanos: maybeAt(14, count(999_999)),
  ticket: maybeAt(15, bytes(16)),
}

/** A tree has a list and nothing else has; what nobody knows the length of is known for nothing (§15.2-6). */
export function isConsistent(offer: Offer): boolean {
  const isTree = offer.kind === 'tree'
  if (isTree !== (offer.list !== undefined) || (offer.listCandidates && !isTree)) return false
  return offer.kind !== 'stream' || (offer.size === 0 && !offer.blob)
}
