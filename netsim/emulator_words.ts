// A link profile as the link emulator takes it: one word of KEY=NUMBER pairs for a direction. The keys are those of
// emulator/options.cc, which refuses what it does not know.

import { defaultReorderMillis, type LinkProfile } from './profiles.ts'

export function emulatorWord(profile: LinkProfile): string {
  const { rateMegabits, burst, jitterKind, corruptKind } = profile
  const settings: Record<string, number | undefined> = {
    'rate-megabits': Number.isFinite(rateMegabits) ? rateMegabits : 0,
    'delay-millis': profile.delayMillis,
    'jitter-millis': profile.jitterMillis,
    'jitter-by-packet': jitterKind === 'packet' ? 1 : undefined,
    'loss-percent': profile.lossPercent,
    'burst-enter-percent': burst?.enterPercent,
    'burst-leave-percent': burst?.leavePercent,
    'reorder-percent': profile.reorderPercent,
    'reorder-millis': profile.reorderPercent ? (profile.reorderMillis ?? defaultReorderMillis) : undefined,
    'duplicate-percent': profile.duplicatePercent,
    'corrupt-percent': profile.corruptPercent,
    'corrupt-silently': corruptKind === 'silent' ? 1 : undefined,
    'queue-bytes': profile.queueBytes,
    'drop-above-bytes': profile.dropAboveBytes,
  }
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}
