// A rate limit as people write it: `10M`, `off`, or by the time of day `08:00,1M 18:00,off`. Bytes per second. Pure.

import { PfsError } from '../base/errors.ts'
import type { RateRule, RateSchedule } from '../transfer/rate_schedule.ts'
import { parseSize } from './sizes.ts'

/** Slower than this, an acknowledgement of what came takes longer than a peer is waited for. */
const bytesPerSecondMin = 1024

/** undefined: no limit at any time. */
export function parseRates(text: string): RateSchedule | undefined {
  const words = text.trim().split(/\s+/)
  const rules = words.length === 1 && !text.includes(',') ? [always(text)] : words.map(timed)
  const schedule = rules.sort((a, b) => a.fromMinute - b.fromMinute)
  if (new Set(schedule.map(({ fromMinute }) => fromMinute)).size < schedule.length)
    throw notARate(text, 'two rules begin at the same minute')
  return schedule.some(({ bytesPerSecond }) => bytesPerSecond !== undefined) ? schedule : undefined
}

const always = (text: string): RateRule => ({ fromMinute: 0, bytesPerSecond: rate(text) })

function timed(rule: string): RateRule {
  const [, hours = '', minutes = '', limit = ''] = /^(\d{1,2}):(\d{2}),(.+)$/.exec(rule) ?? []
  if (limit === '' || Number(hours) > 23 || Number(minutes) > 59) throw notARate(rule, 'it is not HH:MM,RATE')
  return { fromMinute: Number(hours) * 60 + Number(minutes), bytesPerSecond: rate(limit) }
}

function rate(text: string): number | undefined {
  if (text === 'off') return undefined
  const plain = text.replace(/\/s$/, '')
  // a letter alone is binary, as rclone and rsync have it
  const bytes = parseSize(/\d[kmgt]$/i.test(plain) ? `${plain}iB` : plain)
  if (bytes < bytesPerSecondMin) throw notARate(text, `less than ${bytesPerSecondMin} bytes a second`)
  return bytes
}

const notARate = (text: string, why: string): PfsError =>
  new PfsError('PFS_USAGE', `${text} is not a rate: ${why}`, {
    hint: 'Write bytes per second, 10M for one, or a timetable: "08:00,1M 18:00,off".',
  })
