// Packets that come late, twice or damaged: the receiver counts what the emulator says it did.

import type { Check } from '../check_outcome.ts'
import type { DirectionCounters } from '../emulator.ts'
import type { LinkProfile } from '../profiles.ts'
import { blast, type Sunk } from '../traffic.ts'

const packets = 100_000

interface Fault {
  readonly name: string
  readonly link: Partial<LinkProfile>
  /** What the emulator did, and the receiver saw of it. */
  did(forth: DirectionCounters): number
  saw(seen: Sunk): number
  /** The share of what was done that may go unseen: a held packet is overtaken by none, if all behind it are held too. */
  readonly unseenMax?: number
}

const kinds: readonly Fault[] = [
  {
    name: 'reordered 1 %',
    link: { reorderPercent: 1, reorderMillis: 1, delayMillis: 2 },
    did: forth => forth.reordered,
    saw: seen => seen.late,
    unseenMax: 0.05,
  },
  {
    name: 'duplicated 1 %',
    link: { duplicatePercent: 1, delayMillis: 1 },
    did: forth => forth.duplicated,
    saw: seen => seen.doubled,
  },
  {
    name: 'corrupted 1 %, caught by the checksum',
    link: { corruptPercent: 1 },
    did: forth => forth.corrupted,
    saw: seen => packets - seen.packets,
  },
  {
    name: 'corrupted 1 %, the checksum repaired',
    link: { corruptPercent: 1, corruptKind: 'silent' },
    did: forth => forth.corrupted,
    // in the number itself a flipped bit makes another number, that may have come or may come
    saw: seen => seen.wrong,
    unseenMax: 0.02,
  },
]

export const faults: readonly Check[] = kinds.flatMap(fault =>
  [1, 40].map(segments => ({
    name: `${fault.name}${segments > 1 ? `, ${segments} to a super-packet` : ''}`,
    link: fault.link,
    async run(lab) {
      const { seen } = await blast(lab.left, lab.right, { packets, bytes: 1000, segments, megabits: 400 })
      const { forth } = await lab.counters()
      const did = fault.did(forth)
      const saw = fault.saw(seen)
      const spread = 2.576 * Math.sqrt(packets * 0.01 * 0.99)
      const isAsSeen = saw <= did && saw >= did * (1 - (fault.unseenMax ?? 0))
      return {
        isRight: Math.abs(did - packets / 100) <= spread && isAsSeen,
        figures: `${did} of ${packets}, wanted 1000 ± ${spread.toFixed(0)}; the receiver saw ${saw}`,
        isCount: forth.packetsIn === packets,
      }
    },
  })),
)
