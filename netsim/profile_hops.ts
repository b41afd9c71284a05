// A link profile as pieces of simulated path, in the order in which the link emulator applies them. A simulated network
// carries UDP payloads: sizes are less by their headers, and what a checksum would catch is lost instead.

import type { Hop } from './hops.ts'
import { headerBytes } from './nodes/queue.ts'
import { defaultMtuBytes, defaultReorderMillis, framingBytes, type LinkProfile } from './profiles.ts'

export function hopsOf(profile: LinkProfile): readonly Hop[] {
  const {
    rateMegabits,
    queueBytes,
    lossPercent = 0,
    burst,
    duplicatePercent = 0,
    corruptPercent = 0,
  } = profile
  const { mtuBytes = defaultMtuBytes, dropAboveBytes = mtuBytes, reorderPercent = 0 } = profile
  const isSilent = profile.corruptKind === 'silent'
  const hops: (Hop | undefined)[] = [
    Number.isFinite(rateMegabits)
      ? {
          kind: 'queue',
          megabits: rateMegabits,
          bytes: queueBytes,
          overheadBytes: headerBytes + framingBytes,
        }
      : undefined,
    { kind: 'mtu', datagramBytesMax: Math.min(mtuBytes, dropAboveBytes) - headerBytes },
    lossPercent > 0 ? { kind: 'loss', rate: lossPercent / 100 } : undefined,
    burst && {
      kind: 'burst',
      rate: burst.enterPercent / (burst.enterPercent + burst.leavePercent),
      burstDatagrams: 100 / burst.leavePercent,
    },
    delayOf(profile),
    reorderPercent > 0
      ? {
          kind: 'reorder',
          rate: reorderPercent / 100,
          holdMillis: profile.reorderMillis ?? defaultReorderMillis,
        }
      : undefined,
    duplicatePercent > 0 ? { kind: 'duplicate', rate: duplicatePercent / 100 } : undefined,
    corruptPercent > 0 ? { kind: isSilent ? 'corrupt' : 'loss', rate: corruptPercent / 100 } : undefined,
  ]
  return hops.filter(hop => hop !== undefined)
}

function delayOf({ delayMillis, jitterMillis = 0, jitterKind = 'walk' }: LinkProfile): Hop {
  if (jitterMillis === 0) return { kind: 'delay', millis: delayMillis }
  if (jitterKind === 'walk') return { kind: 'wander', millis: delayMillis, jitterMillis }
  return {
    kind: 'delay',
    millis: delayMillis - jitterMillis,
    jitterMillis: 2 * jitterMillis,
    reorders: true,
  }
}
