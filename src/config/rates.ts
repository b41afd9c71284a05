// A rate limit as people write it: `10M`, `off`, or by the time of day `08:00,1M 18:00,off`. Bytes per second. Pure.

import type { RateRule, RateSchedule } from '../transfer/rate_schedule.ts'
import { sizeOf } from './quantities.ts'

/** Slower than this, an acknowledgement of what came takes longer than a peer is waited for. */
const bytesPerSecondMin = 1024

export type Rates =
  /** Without a schedule: no limit at any time. */
  | { readonly isGood: true; readonly schedule: RateSchedule | undefined }
  /** The part of it that is wrong, and why it is. */
  | { readonly isGood: false; readonly word: string; readonly why: string }

export function ratesOf(text: string): Rates {
  const words = text.trim().split(/\s+/)
  const rules: RateRule[] = []
  for (const word of words) {
    const isTimed = words.length > 1 || text.includes(',')
    const rule = isTimed ? timed(word) : ruleOf(0, word)
    if (typeof rule === 'string') return { isGood: false, word, why: rule }
    rules.push(rule)
  }
  const schedule = rules.toSorted((a, b) => a.fromMinute - b.fromMinute)
  if (new Set(schedule.map(({ fromMinute }) => fromMinute)).size < schedule.length)
    return { isGood: false, word: text, why: 'two rules begin at the same minute' }
  const isLimit = schedule.some(({ bytesPerSecond }) => bytesPerSecond !== undefined)
  return { isGood: true, schedule: isLimit ? schedule : undefined }
}

/** Or what is wrong with it. */
function timed(rule: string): RateRule | string {
  const [, hours = '', minutes = '', limit = ''] = /^(\d{1,2}):(\d{2}),(.+)$/.exec(rule) ?? []
  if (limit === '' || Number(hours) > 23 || Number(minutes) > 59) return 'it is not HH:MM,RATE'
  return ruleOf(Number(hours) * 60 + Number(minutes), limit)
}

function ruleOf(fromMinute: number, limit: string): RateRule | string {
  if (limit === 'off') return { fromMinute, bytesPerSecond: undefined }
  const bytesPerSecond = sizeOf(limit.replace(/\/s$/, ''))
  if (bytesPerSecond === undefined) return `${limit} is not a size`
  if (bytesPerSecond < bytesPerSecondMin) return `less than ${bytesPerSecondMin} bytes a second`
  return { fromMinute, bytesPerSecond }
}
