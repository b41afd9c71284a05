// Opens the writer that --events asks for. Apart from event_writer.ts, because only here the process, its clock and its
// environment are known.

import { randomBytes } from 'node:crypto'
import { systemClock } from '../host/clock.ts'
import { descriptorWriter } from './descriptor.ts'
import { EventWriter, progressPerSecond } from './event_writer.ts'
import type { Settings } from './settings.ts'

/** 24 hex digits, as a transfer has. */
const runId = randomBytes(12).toString('hex')

/** Throws PFS_USAGE for a descriptor that is not open, and for a variable that says nonsense. */
export function openEvents(
  settings: Pick<Settings, 'eventsDescriptor' | 'isQuiet'>,
  environment: Readonly<Record<string, string | undefined>>,
): EventWriter | undefined {
  const { eventsDescriptor, isQuiet } = settings
  if (eventsDescriptor === undefined) return undefined
  const write =
    eventsDescriptor === 1
      ? (line: string): unknown => process.stdout.write(line)
      : descriptorWriter(eventsDescriptor)
  return new EventWriter({
    write,
    runId,
    isQuiet,
    progressPerSecond: progressPerSecond(environment),
    now: () => systemClock.now(),
    date: () => new Date(),
  })
}

/** Where events go as far as the bare words say: a slip among the words is told there too. */
export function earlyEvents(words: readonly string[]): number | undefined {
  const isAsked = words.includes('--events')
  return isAsked && !words.includes('--json') ? 1 : undefined
}
