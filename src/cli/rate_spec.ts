// A rate limit on the command line: what is none is a slip that says how to write one. Pure.

import { PfsError } from '../base/errors.ts'
import { ratesOf } from '../config/rates.ts'
import type { RateSchedule } from '../transfer/rate_schedule.ts'

/** undefined: no limit at any time. */
export function parseRates(text: string): RateSchedule | undefined {
  const rates = ratesOf(text)
  if (rates.isGood) return rates.schedule
  throw new PfsError('PFS_USAGE', `${rates.word} is not a rate: ${rates.why}`, {
    hint: 'Write bytes per second, 10M for one, or a timetable: "08:00,1M 18:00,off".',
  })
}
