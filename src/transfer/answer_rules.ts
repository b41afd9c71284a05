// What an ANSWER may say of the OFFER it answers, and what it says once that is checked: the plan of the sending. Pure.
// PROTOCOL.md §15.3

import { equal } from '../base/bytes.ts'
import type { Range } from '../base/ranges.ts'
import { decodeRuns } from '../cut/manifest/runs.ts'
import type { Violation } from '../wire/codes.ts'
import type * as answerMessage from '../wire/messages/answer.ts'
import type * as offerMessage from '../wire/messages/offer.ts'
import { outOfTurn } from './out_of_turn.ts'
import type { SendPlan } from './storage/events.ts'

/** @param entryCount of the tree's manifest; 0 where it is no tree */
export function planOf(
  answer: answerMessage.Answer,
  offer: offerMessage.Offer,
  entryCount: number,
): SendPlan | Violation {
  const isList = answer.state === 'list'
  const last = answer.held.at(-1)
  if (last && (isList || last.end > offer.size)) return outOfTurn('held ranges past the end') // §15.3-1
  const offered = isList ? (offer.listCandidates ?? []) : offer.candidates
  if (!areOurs(answer.candidates, offered)) return outOfTurn('candidates that were not offered') // §15.3-2
  const unwanted = runsOf(answer.unwanted, isList, entryCount)
  const heldFiles = runsOf(answer.heldFiles, isList, entryCount)
  if (!unwanted || !heldFiles) return outOfTurn('entries of no tree') // §15.3-11
  return {
    held: answer.held,
    unwanted,
    heldFiles,
    sources: answer.candidates.map(({ alias, blob }) => ({ alias, blob })),
    codecs: answer.codecs,
    isInquiry: offer.inquiry === true,
  }
}

function runsOf(runs: Uint8Array | undefined, isList: boolean, entryCount: number): Range[] | undefined {
  if (!runs) return []
  return isList || entryCount === 0 ? undefined : decodeRuns(runs, entryCount)
}

function areOurs(
  held: readonly answerMessage.HeldCandidate[],
  offered: readonly offerMessage.OfferedCandidate[],
): boolean {
  let previous = -1
  return held.every(({ index, blob, size }) => {
    const candidate = offered[index]
    const isOurs =
      candidate && index > previous && candidate.size === size && equal(blob.subarray(0, 8), candidate.short)
    previous = index
    return isOurs
  })
}
