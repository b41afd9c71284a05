// A link profile as words for `tc qdisc … netem`, for machines whose kernel has it; the ones this was written on have
// not, so the words are tested and the qdisc never was. What netem does otherwise than the emulator, it says.
//
//   tc qdisc replace dev DEVICE root netem WORDS      on both ends, tso and gso off (a super-packet is lost as one)

import { assert } from '../src/base/assert.ts'
import { defaultMtuBytes, type LinkProfile } from './profiles.ts'

export interface NetemWords {
  readonly words: readonly string[]
  /** What of the profile netem has no word for, or another meaning. */
  readonly lacks: readonly string[]
}

/** Without a rate nothing says how much is under way: as much as 10 Gbit/s are. */
const unlimitedMegabits = 10_000

export function netemWords(profile: LinkProfile): NetemWords {
  const { rateMegabits, delayMillis, jitterMillis = 0, lossPercent = 0, burst } = profile
  const { reorderPercent = 0, duplicatePercent = 0, corruptPercent = 0 } = profile
  assert(lossPercent === 0 || !burst, 'netem has one kind of loss at a time')
  const hasRate = Number.isFinite(rateMegabits)
  const words = [
    ['limit', String(packetsMax(profile))],
    ['delay', `${delayMillis}ms`, ...(jitterMillis > 0 ? [`${jitterMillis}ms`] : [])],
    lossPercent > 0 ? ['loss', 'random', `${lossPercent}%`] : [],
    burst ? ['loss', 'gemodel', `${burst.enterPercent}%`, `${burst.leavePercent}%`] : [],
    reorderPercent > 0 ? ['reorder', `${reorderPercent}%`] : [],
    duplicatePercent > 0 ? ['duplicate', `${duplicatePercent}%`] : [],
    corruptPercent > 0 ? ['corrupt', `${corruptPercent}%`] : [],
    // a packet on an Ethernet device counts its header already
    hasRate ? ['rate', `${rateMegabits}mbit`] : [],
  ]
  const lacks = [
    profile.dropAboveBytes === undefined ? [] : ['no size above which packets vanish'],
    reorderPercent > 0 ? ['reordered packets come early by the whole delay, not late'] : [],
    corruptPercent > 0 && profile.corruptKind === 'silent' ? ['no repair of checksums'] : [],
    jitterMillis > 0 && jitterKindOf(profile) === 'walk' && !hasRate
      ? ['jitter without a rate reorders']
      : [],
    jitterMillis > 0 && jitterKindOf(profile) === 'packet' && hasRate
      ? ['jitter with a rate keeps order']
      : [],
    hasRate ? ['the queue is bounded in packets, and lost ones take no time of the link'] : [],
  ]
  return { words: words.flat(), lacks: lacks.flat() }
}

const jitterKindOf = ({ jitterKind = 'walk' }: LinkProfile): 'walk' | 'packet' => jitterKind

/** netem keeps what waits and what is under way in one queue. */
function packetsMax({
  rateMegabits,
  delayMillis,
  jitterMillis = 0,
  queueBytes,
  mtuBytes,
}: LinkProfile): number {
  const megabits = Math.min(rateMegabits, unlimitedMegabits)
  const underWayBytes = (megabits * 1000 * (delayMillis + jitterMillis)) / 8
  return Math.ceil((queueBytes + underWayBytes) / (mtuBytes ?? defaultMtuBytes))
}
