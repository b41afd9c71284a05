// What asks for --events, and what is a slip.

import { describe, expect, test } from 'vitest'
import { progressPerSecond } from '../../src/cli/event_writer.ts'
import { settingsOf } from '../../src/cli/settings.ts'

describe('flags', () => {
  test('--events is stdout, --events-fd another one', () => {
    expect(settingsOf({}, {}).eventsDescriptor).toBeUndefined()
    expect(settingsOf({ events: true }, {}).eventsDescriptor).toBe(1)
    expect(settingsOf({ 'events-fd': 3 }, {}).eventsDescriptor).toBe(3)
    expect(settingsOf({ events: true, 'events-fd': 2 }, {}).eventsDescriptor).toBe(2)
  })
  const slips: readonly Record<string, unknown>[] = [
    { events: true, json: true },
    { 'events-fd': 3, json: true },
    { 'events-fd': 0 },
    { 'events-fd': -1 },
    { 'events-fd': 1.5 },
    { 'events-fd': Number.NaN },
  ]
  for (const slip of slips) {
    test(`${JSON.stringify(slip)} is a slip`, () => {
      expect(() => settingsOf(slip, {})).toThrow(expect.objectContaining({ code: 'PFS_USAGE' }))
    })
  }
})

test('PFS_PROGRESS_FPS says how often; nonsense is a slip', () => {
  expect(progressPerSecond({})).toBe(2)
  for (const text of ['0.01', '100']) expect(progressPerSecond({ PFS_PROGRESS_FPS: text })).toBe(Number(text))
  for (const text of ['0', '101', '-1', 'often', 'NaN']) {
    expect(() => progressPerSecond({ PFS_PROGRESS_FPS: text })).toThrow(
      expect.objectContaining({ code: 'PFS_USAGE' }),
    )
  }
})
