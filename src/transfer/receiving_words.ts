// What a receiver makes of messages for its storage, and what its storage's outcome is in a DONE or a REFUSE. Plain data.
// PROTOCOL.md §15.2, §15.7, §15.8

import type { PfsError } from '../base/errors.ts'
import { nanosPerMilli } from '../base/times.ts'
import { codeFault } from '../net/faults.ts'
import { wireCodes } from '../wire/codes.ts'
import { failedMax } from '../wire/limits.ts'
import * as doneMessage from '../wire/messages/done.ts'
import type * as nodesMessage from '../wire/messages/nodes.ts'
import type { Offer } from '../wire/messages/offer.ts'
import { carried, uncarried, wireCodeOf } from './storage/carry.ts'
import type { BuildStats, NodesMessage, OfferedObject, Placement } from './storage/events.ts'

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

export function nodesOf({ level, index, nodes }: nodesMessage.Nodes): NodesMessage {
  return { level, index, nodes: nodes.map(({ bytes, hash }) => ({ byteLength: bytes, hash })) }
}

/** How a refusal reads on this side. @param path what it is about here, where that is known */
export function refusalOf(code: keyof typeof wireCodes, text: string, path?: string): PfsError | undefined {
  const fault = codeFault(wireCodes[code].code, text, 'said by this side')
  return fault && uncarried({ ...carried(fault), path })
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
