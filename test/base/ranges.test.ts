// RangeSet against a model that cannot be wrong: a plain set of numbers.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Range, RangeSet } from '../../src/base/ranges.ts'

const universe = 40

/** What a set of offsets looks like as ranges. */
function runsOf(model: ReadonlySet<number>, from = 0, to = universe): Range[] {
  const runs: Range[] = []
  for (let at = from; at < to; at++) {
    if (!model.has(at)) continue
    const start = at
    while (at < to && model.has(at)) at++
    runs.push({ start, end: at })
  }
  return runs
}

const gapsOf = (model: ReadonlySet<number>, from: number, to: number) => {
  const missing = new Set<number>()
  for (let at = from; at < to; at++) if (!model.has(at)) missing.add(at)
  return runsOf(missing, from, to)
}

const edge = fc.integer({ min: 0, max: universe })
const step = fc.record({
  verb: fc.constantFrom('add', 'add', 'remove', 'dropFirst', 'clear'),
  a: edge,
  b: edge,
})

function apply(
  set: RangeSet,
  model: Set<number>,
  { verb, a, b }: { verb: string; a: number; b: number },
): void {
  switch (verb) {
    case 'add': {
      let fresh = 0
      for (let at = a; at < b; at++) {
        if (!model.has(at)) fresh++
        model.add(at)
      }
      expect(set.add(a, b)).toBe(fresh)
      return
    }
    case 'remove':
      set.remove(a, b)
      for (let at = a; at < b; at++) model.delete(at)
      return
    case 'dropFirst': {
      const first = runsOf(model)[0]
      if (first) for (let at = first.start; at < first.end; at++) model.delete(at)
      set.dropFirst()
      return
    }
    default:
      // seldom, or nothing ever grows
      if (a !== b) return
      set.clear()
      model.clear()
  }
}

function agree(set: RangeSet, model: ReadonlySet<number>): void {
  const runs = runsOf(model)
  expect([...set]).toEqual(runs)
  expect(Array.from({ length: set.count }, (_, i) => set.range(i))).toEqual(runs)
  expect(set.isEmpty).toBe(runs.length === 0)
  expect(set.first).toEqual(runs[0])
  expect(set.last).toEqual(runs.at(-1))
  expect(set.total).toBe(model.size)
  for (let at = 0; at < universe; at++) {
    expect(set.has(at)).toBe(model.has(at))
    expect(set.endOfRun(at)).toBe(runs.find(run => run.start <= at && at < run.end)?.end ?? at)
  }
}

function agreeOn(set: RangeSet, model: ReadonlySet<number>, a: number, b: number): void {
  const missing = gapsOf(model, a, b)
  expect(set.contains(a, b)).toBe(missing.length === 0)
  expect(set.overlaps(a, b)).toBe(runsOf(model, a, b).length > 0)
  expect(set.firstGap(a, b)).toEqual(missing[0])
  expect(set.gaps(a, b)).toEqual(missing)
}

describe('a RangeSet', () => {
  test('agrees with a plain set of numbers after any steps, in every method', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), edge, edge, (steps, a, b) => {
        const set = new RangeSet()
        const model = new Set<number>()
        for (const one of steps) {
          apply(set, model, one)
          agree(set, model)
          agreeOn(set, model, a, b)
          agreeOn(set, model, one.a, one.b)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is exact at the far end of the numbers', () => {
    const set = new RangeSet()
    const top = Number.MAX_SAFE_INTEGER
    expect(set.add(top - 2, top)).toBe(2)
    expect(set.add(0, 1)).toBe(1)
    expect(set.gaps(0, top)).toEqual([{ start: 1, end: top - 2 }])
    expect(set.add(1, top - 2)).toBe(top - 3)
    expect([...set]).toEqual([{ start: 0, end: top }])
  })

  test('takes a range that swallows many in one step', () => {
    const set = new RangeSet()
    for (let at = 0; at < 1000; at += 2) set.add(at, at + 1)
    expect(set.count).toBe(500)
    expect(set.add(1, 998)).toBe(499)
    expect([...set]).toEqual([{ start: 0, end: 999 }])
  })
})
