// What a receiver makes of an OFFER for its storage, and what its storage's outcome is in a DONE. Plain data.
// PROTOCOL.md §15.2, §15.8

import { nanosPerMilli } from '../base/times.ts'
import { wireCodes } from '../wire/codes.ts'
import { failedMax } from '../wire/limits.ts'
import * as doneMessage from '../wire/messages/done.ts'
import type { Offer } from '../wire/messages/offer.ts'
import { wireCodeOf } from './storage/carry.ts'
import type { BuildStats, OfferedObject, Placement } from './storage/events.ts'

export function objectOf(offer: Offer, peerId: string): OfferedObject {
  const { list, listCandidates = [], mtimeMillis, mtimeNanos = 0 } = offer
  return {
    ...offer,
    mtimeNanos: BigInt(mtimeMillis) * nanosPerMilli + BigInt(mtimeNanos),
    peer: peerId,
    isFile: offer.kind !== 'blob',
    isStream: offer.kind === 'stream',
    isInquiry: offer.inquiry === true,
    blob: offer.blob,
    ...(list ? { tree: { list, listCandidates } } : {}),
  }
}

/** The target is the object already. */
export function standingStats({ name, size }: Offer, { directory }: Placement): BuildStats {
  const path = `${directory}/${name}`
  return { path, size, reusedBytes: size, literalBytes: 0, isUnchanged: true }
}

/** What has the target's name stays, whatever it is. §15.3-12 */
export function keptStats(offer: Offer, placement: Placement): BuildStats {
  return { ...standingStats(offer, placement), reusedBytes: 0, isUnchanged: false, unwantedCount: 1 }
}

/** Of a tree with what could not be put in place. §15.8-3 */
export function doneOf(transfer: Uint8Array, blob: Uint8Array, stats: BuildStats): doneMessage.Done {
  const { isUnchanged, failed = [], failureCount = 0 } = stats
  const unchanged = isUnchanged ? { unchanged: true } : {}
  const done: doneMessage.Done = { type: doneMessage.type, transfer, blob, ...unchanged }
  if (failureCount === 0) return done
  const some = failed.slice(0, failedMax)
  return {
    ...done,
    failed: some.map(({ index, error }) => ({ index, code: wireCodes[wireCodeOf(error)].code })),
    failures: failureCount,
  }
}
