// A timetable of rates: which holds at a moment, when the next may, and a link that is held to it. On a clock of its own.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { RateLimit } from '../../src/transfer/rate_limit.ts'
import { millisUntilChange, type RateSchedule, rateAt } from '../../src/transfer/rate_schedule.ts'

const rule = (hour: number, bytesPerSecond: number | undefined) => ({ fromMinute: hour * 60, bytesPerSecond })
const workday: RateSchedule = [rule(8, 1000), rule(18, 5000), rule(23, undefined)]
const at = (hour: number, minute = 0, seconds = 0, millis = 0): Date =>
  new Date(2026, 2, 10, hour, minute, seconds, millis)

describe('a timetable', () => {
  test('the last rule that has begun holds, past midnight too', () => {
    const rates = [0, 7, 8, 17, 18, 22, 23].map(hour => rateAt(workday, at(hour, 59)))
    expect(rates).toEqual([undefined, undefined, 1000, 1000, 5000, 5000, undefined])
    expect(rateAt(workday, at(8))).toBe(1000)
    expect(rateAt(workday, at(7, 59, 59, 999))).toBeUndefined()
  })
  test('one rule holds always, and nothing changes', () => {
    expect(rateAt([rule(9, 7)], at(3))).toBe(7)
    expect(millisUntilChange([rule(9, 7)], at(3))).toBeUndefined()
  })
  test('the next change is at the next rule, tomorrow if need be, and never now', () => {
    expect(millisUntilChange(workday, at(7, 59, 59, 999))).toBe(1)
    expect(millisUntilChange(workday, at(8))).toBe(10 * 3_600_000)
    expect(millisUntilChange(workday, at(17, 30, 30))).toBe(29.5 * 60_000)
    expect(millisUntilChange(workday, at(23, 0, 0, 1))).toBe(9 * 3_600_000 - 1)
    expect(millisUntilChange([rule(0, 1), rule(12, 2)], at(12))).toBe(12 * 3_600_000)
  })
})

describe('a link', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  test('is held to it for a day, and let go when it is over', () => {
    vi.useFakeTimers({ now: at(7, 30) })
    const rates: (number | undefined)[] = []
    const limit = new RateLimit({ limitRate: rate => rates.push(rate) }, workday)
    expect(rates).toEqual([undefined])
    vi.setSystemTime(at(7, 30))
    vi.advanceTimersByTime(30 * 60_000)
    expect(rates).toEqual([undefined, 1000])
    vi.advanceTimersByTime(24 * 3_600_000)
    expect(rates).toEqual([undefined, 1000, 5000, undefined, 1000])
    limit.stop()
    vi.advanceTimersByTime(48 * 3_600_000)
    expect([rates.length, vi.getTimerCount()]).toEqual([5, 0])
  })
  test('with one rule needs no timer', () => {
    vi.useFakeTimers()
    const rates: (number | undefined)[] = []
    new RateLimit({ limitRate: rate => rates.push(rate) }, [rule(0, 9)])
    expect([rates, vi.getTimerCount()]).toEqual([[9], 0])
  })
})
