// What may be said of runs: when a cell is concluded, when two are set beside each other, and what a gain is laid to.

import { describe, expect, test } from 'vitest'
import { figuresOf } from '../../bench/compare/figures.ts'
import { causeOf, compare, inWords, judge, spreadMost, wireShare } from '../../bench/compare/verdict.ts'
import { run, runs } from '../support/compare_runs.ts'

describe('a cell', () => {
  test('is concluded by three undisturbed runs that lie near each other', () => {
    const cell = judge(runs([1, 1.1, 1.2]))
    expect(cell).toMatchObject({ conclusion: 'concluded', why: '' })
    expect(cell.seconds).toEqual({ median: 1.1, least: 1, greatest: 1.2 })
  })

  test('is open with two, and with a third that was disturbed', () => {
    expect(judge(runs([1, 1]))).toMatchObject({ conclusion: 'open', why: '2 of 3 undisturbed runs' })
    const disturbed = run({ seconds: 1, disturbances: ['others used 1.00 processors'] })
    expect(judge([...runs([1, 1]), disturbed]).conclusion).toBe('open')
    expect(judge([...runs([1, 1, 1]), disturbed]).conclusion).toBe('concluded')
  })

  test('is open from a spread beyond the limit on', () => {
    const atLimit = [1, 1, 1 + spreadMost]
    expect(judge(runs(atLimit)).conclusion).toBe('concluded')
    expect(judge(runs([1, 1, 1.001 + spreadMost])).why).toMatch(/apart/)
  })

  test('is open when a file differs, whatever the times', () => {
    expect(judge([...runs([1, 1, 1]), run({ isIdentical: false })]).why).toBe('DIFFERENT')
  })

  test('is open when a run failed', () => {
    expect(judge([...runs([1, 1, 1]), run({ ending: 'failed', seconds: null })]).why).toBe('1 of 4 failed')
  })

  test('is concluded as a bound when all were cut off, and open when only some were', () => {
    const cut = run({ ending: 'cut', seconds: 12, isIdentical: null })
    expect(judge([cut, cut, cut])).toMatchObject({ conclusion: 'concluded', isCut: true })
    expect(judge([cut, ...runs([11.9, 11.9, 11.9])]).why).toBe('some cut off, some not')
  })

  test('that was not run says so', () => {
    expect(judge([])).toMatchObject({ conclusion: 'open', why: 'not run' })
  })
})

describe('beside another', () => {
  test('faster where the ranges are apart, by the transport where both sent all of it', () => {
    const comparison = compare(judge(runs([1, 1, 1.1])), judge(runs([2, 2, 2.1])))
    expect(comparison).toEqual({ kind: 'faster', ratio: 2, isBound: false, cause: 'transport' })
    expect(inWords(comparison)).toBe('pfs 2.00 × faster, by its transport')
  })

  test('slower, told as times too', () => {
    expect(inWords(compare(judge(runs([2, 2, 2])), judge(runs([1, 1, 1]))))).toBe(
      'pfs 2.00 × slower, by its transport',
    )
  })

  test('a gain of bytes that were not sent is never the transport’s', () => {
    const mine = judge(runs([1, 1, 1], { out: { packets: 10, ipBytes: 40_000 }, reusedBytes: 960_000 }))
    const theirs = judge(runs([20, 20, 20]))
    const comparison = compare(mine, theirs)
    expect(comparison).toMatchObject({ kind: 'faster', cause: 'bytes not sent' })
    expect(inWords(comparison)).toBe('pfs 20 × faster, by bytes not sent')
    expect(causeOf(theirs, mine)).toBe('bytes not sent')
    expect(wireShare(mine)).toBeCloseTo(0.04)
  })

  test('compression is bytes not sent, though the receiver held nothing', () => {
    const compressed = judge(runs([1, 1, 1], { out: { packets: 300, ipBytes: 300_000 } }))
    expect(compare(compressed, judge(runs([2, 2, 2])))).toMatchObject({ cause: 'bytes not sent' })
  })

  test('memory to memory ends early and has left nothing out', () => {
    const ceiling = runs([2, 2, 2], { isIdentical: null, out: { packets: 600, ipBytes: 880_000 } })
    expect(compare(judge(runs([1, 1, 1])), judge(ceiling))).toMatchObject({ cause: 'transport' })
  })

  test('undecided where the ranges overlap, level where the medians are near too', () => {
    expect(compare(judge(runs([1, 1.1, 1.2])), judge(runs([1.15, 1.3, 1.4])))).toMatchObject({
      kind: 'undecided',
    })
    expect(compare(judge(runs([1, 1.1, 1.2])), judge(runs([1, 1.12, 1.2])))).toMatchObject({ kind: 'level' })
  })

  test('a wide spread decides where the ranges are apart, disturbed runs never', () => {
    expect(compare(judge(runs([1, 1, 1])), judge(runs([3, 5, 8])))).toMatchObject({
      kind: 'faster',
      ratio: 5,
    })
    const disturbed = judge(runs([3, 5, 8], { disturbances: ['others'] }))
    expect(compare(judge(runs([1, 1, 1])), disturbed)).toMatchObject({ kind: 'undecided' })
  })

  test('one that was cut off gives a bound, and nothing where pfs took as long', () => {
    const cut = judge(runs([12, 12, 12], { ending: 'cut', isIdentical: null }))
    expect(inWords(compare(judge(runs([1, 1, 1])), cut))).toBe('pfs more than 12 × faster, by its transport')
    expect(compare(judge(runs([12.5, 12.5, 12.5])), cut)).toMatchObject({ kind: 'undecided' })
    expect(compare(cut, judge(runs([1, 1, 1])))).toMatchObject({ kind: 'undecided' })
  })
})

describe('figures', () => {
  test('goodput leaves out what the receiver held', () => {
    const found = figuresOf(judge(runs([1, 1, 1], { reusedBytes: 750_000 })))
    expect(found?.effectiveMegabits?.median).toBeCloseTo(8)
    expect(found?.goodputMegabits).toBeCloseTo(2)
    expect(found?.reusedShare).toBe(0.75)
  })

  test('of one cut off they are what had arrived by then', () => {
    const found = figuresOf(
      judge(runs([10, 10, 10], { ending: 'cut', arrivedBytes: 125_000, isIdentical: null })),
    )
    expect(found?.effectiveMegabits?.median).toBeCloseTo(0.1)
    expect(found?.wireShare).toBeUndefined()
  })

  test('what one run could not tell is not told of the cell', () => {
    const some = [...runs([1, 1]), run({ seconds: 1, retransmittedShare: null })]
    expect(figuresOf(judge(some))?.retransmittedShare).toBeUndefined()
  })
})
