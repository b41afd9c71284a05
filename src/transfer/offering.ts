// The OFFER of what a sender's storage has prepared. Plain data from plain data. PROTOCOL.md §15.2

import { floorDivide, nanosPerMilli } from '../base/times.ts'
import * as offerMessage from '../wire/messages/offer.ts'
import type { PreparedSource, PreparedTree } from './storage/events.ts'

/** What a sending is about: the object, and of a tree what goes before it. Handles are the storage's. */
export interface SendingSource {
  readonly handle: number
  readonly prepared: PreparedSource
  readonly tree?: { readonly listHandle: number; readonly prepared: PreparedTree }
}

export interface OfferWishes {
  /** The answer is all that is wanted. §15.2-7 */
  readonly isInquiry?: boolean
  /** The secret of the ticket by which the receiver was found. §15.2-8 */
  readonly ticket?: Uint8Array
}

export function offerOf(
  { prepared, tree }: SendingSource,
  kind: offerMessage.Offer['kind'],
  { isInquiry = false, ticket }: OfferWishes = {},
): offerMessage.Offer {
  const mtime = floorDivide(prepared.mtimeNanos, nanosPerMilli)
  return {
    type: offerMessage.type,
    transfer: prepared.transfer,
    kind,
    name: prepared.name,
    size: prepared.size,
    mtimeMillis: Number(mtime.whole),
    mode: prepared.mode,
    poolId: prepared.poolId,
    chunking: prepared.chunking,
    ...(prepared.blob ? { blob: prepared.blob } : {}),
    candidates: prepared.candidates.map(shorten),
    ...(tree ? { list: tree.prepared.list, listCandidates: tree.prepared.listCandidates.map(shorten) } : {}),
    ...(isInquiry ? { inquiry: true } : {}),
    ...(ticket ? { ticket } : {}),
    ...(mtime.rest > 0n ? { mtimeNanos: Number(mtime.rest) } : {}),
  }
}

const shorten = ({ blob, size }: { readonly blob: Uint8Array; readonly size: number }) => ({
  short: blob.subarray(0, 8),
  size,
})
