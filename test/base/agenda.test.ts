// The agenda against a list that is sorted each time.

import { expect, test } from 'vitest'
import { Agenda } from '../../src/base/agenda.ts'
import { Prng } from '../../src/base/prng.ts'
import { never } from '../../src/base/units.ts'

test('the earliest comes first, whatever was set, moved and taken back before', () => {
  const prng = new Prng(1)
  const agenda = new Agenda<number>()
  const model = new Map<number, number>()
  for (let step = 0; step < 20_000; step++) {
    const item = prng.below(40)
    const due = prng.chance(0.2) ? never : prng.below(50)
    agenda.set(item, due)
    if (due === never) model.delete(item)
    else model.set(item, due)
    if (prng.chance(0.2)) {
      const now = prng.below(50)
      const taken = agenda.shift(now)
      const isDue = model.size > 0 && Math.min(...model.values()) <= now
      expect(taken !== undefined).toBe(isDue)
      if (taken !== undefined) {
        expect(model.get(taken)).toBe(Math.min(...model.values()))
        model.delete(taken)
      }
    }
    expect([agenda.size, agenda.earliest]).toEqual([model.size, Math.min(never, ...model.values())])
  }
})
