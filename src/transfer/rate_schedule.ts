// How fast a transfer may go, by the time of day: what a user wrote as one rate or as a timetable. Pure: the time comes in.

/** How fast from some time of day on. */
export interface RateRule {
  /** Minutes since local midnight, from which on it holds. */
  readonly fromMinute: number
  /** undefined: as fast as it goes. */
  readonly bytesPerSecond: number | undefined
}

/** Ascending and not empty; the last holds past midnight until the first. One rule alone holds always. */
export type RateSchedule = readonly RateRule[]

const minutesOfDay = 24 * 60
const millisPerMinute = 60_000

export function rateAt(schedule: RateSchedule, when: Date): number | undefined {
  const minute = when.getHours() * 60 + when.getMinutes()
  const rule = schedule.findLast(({ fromMinute }) => fromMinute <= minute) ?? schedule.at(-1)
  return rule?.bytesPerSecond
}

/** Until another rule may hold; undefined: never. A minute at most too early when clocks are put forward or back. */
export function millisUntilChange(schedule: RateSchedule, when: Date): number | undefined {
  if (schedule.length < 2) return undefined
  const minute = when.getHours() * 60 + when.getMinutes()
  const next = schedule.find(({ fromMinute }) => fromMinute > minute) ?? schedule[0]
  const minutes = ((next?.fromMinute ?? 0) - minute + minutesOfDay) % minutesOfDay || minutesOfDay
  const past = when.getSeconds() * 1000 + when.getMilliseconds()
  return Math.max(1, minutes * millisPerMinute - past)
}
