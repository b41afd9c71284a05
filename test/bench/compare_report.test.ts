// The reports of `make compare`: what is shown as a figure and what is not, which session a cell comes from, and that
// words from outside stay words.

import { describe, expect, test } from 'vitest'
import { groupsIn, tally } from '../../bench/compare/cells.ts'
import { literalBytesOf } from '../../bench/compare/contenders/rsync.ts'
import { thin } from '../../bench/compare/observer.ts'
import { htmlOf } from '../../bench/compare/report/html.ts'
import { escapeMarkdown, markdownOf } from '../../bench/compare/report/markdown.ts'
import { linear, logarithmic } from '../../bench/compare/report/scale.ts'
import { escapeHtml } from '../../bench/compare/report/svg.ts'
import { groupText } from '../../bench/compare/report/terminal.ts'
import { ratesOf } from '../../bench/compare/report/time_plot.ts'
import { measured, parseSession, schemaVersion } from '../../bench/compare/schema.ts'
import { run, runs, session } from '../support/compare_runs.ts'

const rival = { contender: 'scp', reusedBytes: null } as const
const both = [...runs([1, 1, 1]), ...runs([2, 2, 2], rival)]

describe('sessions', () => {
  test('are read back as they were written', () => {
    const written = session(both)
    expect(parseSession(JSON.stringify(written))).toEqual(written)
  })

  test('of another version, and what is none, are passed over', () => {
    expect(parseSession(JSON.stringify({ ...session(both), schema: schemaVersion + 1 }))).toBeUndefined()
    for (const text of ['', 'null', '{}', '[1]', `{"schema":${schemaVersion}}`])
      expect(parseSession(text)).toBeUndefined()
  })

  test('a number that is none becomes null', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, undefined].map(measured)).toEqual([null, null, null])
    expect(measured(0)).toBe(0)
  })

  test('a cell comes from the newest session that ran it, never from two', () => {
    const older = session([...both, ...runs([3, 3, 3], { workload: 'text' })])
    const newer = session(runs([5, 5, 5]), { startedAt: '2026-02-01T00:00:00.000Z' })
    const groups = groupsIn([older, newer])
    expect(groups.map(({ workload, session }) => [workload.name, session.startedAt.slice(0, 7)])).toEqual([
      ['random', '2026-02'],
      ['text', '2026-01'],
    ])
    expect(groups[0]?.rows.map(({ contender }) => contender.name)).toEqual(['pfs'])
  })

  test('open and different cells are counted', () => {
    const groups = groupsIn([session([...both, run({ workload: 'text', isIdentical: false })])])
    expect(tally(groups)).toEqual({ cells: 3, open: 1, different: 1 })
  })
})

describe('Markdown', () => {
  test('shows a concluded rate, and an open cell as such', () => {
    const text = markdownOf(groupsIn([session([...both, ...runs([1, 2, 9], { contender: 'tls' })])]))
    expect(text).toContain('| pfs | 8.00 |')
    expect(text).toContain('| scp | 4.00 |')
    expect(text).toContain('| tls | not concluded |')
  })

  test('says of rates with held content that they are no transport’s', () => {
    const plain = markdownOf(groupsIn([session(both)]))
    expect(plain).not.toContain('no transport’s')
    const held = markdownOf(
      groupsIn([session([...runs([1, 1, 1], { reusedBytes: 900_000 }), ...runs([2, 2, 2], rival)])]),
    )
    expect(held).toContain('no transport’s')
    expect(held).toContain('90.0 % held')
  })

  test('names what is absent', () => {
    const absent = { name: 'iroh', version: null, isEncrypted: true, isSynced: true, isMemory: false }
    const made = session(both)
    const text = markdownOf(groupsIn([{ ...made, contenders: [...made.contenders, absent] }]))
    expect(text).toContain('Absent here: iroh')
    expect(text).not.toContain('| iroh')
  })

  test('keeps words from outside in their cell', () => {
    expect(escapeMarkdown('a|b\n<c>*')).toBe('a\\|b \\<c\\>\\*')
    const failed = runs([1, 1, 1], { ending: 'failed', seconds: null, note: 'x | y\nz' })
    const row = markdownOf(groupsIn([session(failed)]))
      .split('\n')
      .find(line => line.includes('failed'))
    expect(row).toContain('x \\| y')
  })
})

describe('HTML', () => {
  const hostile = '<script>alert("1")</script>&\''

  test('escapes what comes from outside, in tables and in pictures', () => {
    expect(escapeHtml(hostile)).toBe('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;')
    const made = session([...runs([1, 1, 1]), ...runs([2, 2, 2], { contender: hostile, note: hostile })])
    const page = htmlOf(groupsIn([made]))
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;')
  })

  test('is one file: nothing is fetched', () => {
    const page = htmlOf(groupsIn([session(both)]))
    expect(page).not.toMatch(/<(link|img|script|iframe)\b|url\(|@import|\bsrc=/)
  })

  test('has a picture by scenario, over time, and by share held where there was any', () => {
    expect(htmlOf(groupsIn([session(both)])).match(/<svg /g)).toHaveLength(2)
    const held = session([...runs([1, 1, 1], { reusedBytes: 900_000 }), ...runs([2, 2, 2], rival)])
    expect(htmlOf(groupsIn([held])).match(/<svg /g)).toHaveLength(3)
  })

  test('says how many cells are not concluded', () => {
    expect(htmlOf(groupsIn([session(runs([1]))]))).toContain('1 of 1 cells are not concluded')
  })
})

describe('the terminal', () => {
  test('marks a cut off rate as a bound', () => {
    const cut = {
      contender: 'scp',
      ending: 'cut',
      isIdentical: null,
      reusedBytes: null,
      arrivedBytes: 125_000,
    } as const
    const [group] = groupsIn([session([...runs([1, 1, 1]), ...runs([10, 10, 10], cut)])])
    expect(group && groupText(group)).toMatch(/scp +≤ 0\.10 .*pfs more than 10 × faster/)
  })
})

test('a failed run beside those cut off does not make their bound a rate', () => {
  const cut = runs([10, 10], { ending: 'cut', isIdentical: null, reusedBytes: null, arrivedBytes: 125_000 })
  const [group] = groupsIn([session([...cut, run({ ending: 'failed', seconds: null, isIdentical: null })])])
  expect(group && groupText(group)).toMatch(/pfs +≤ 0\.10 /)
})

describe('pictures', () => {
  test('a linear scale begins at zero and ends at a round number', () => {
    const scale = linear(930, 100, 500)
    expect(scale.ticks).toEqual([0, 500, 1000])
    expect([scale.at(0), scale.at(1000)]).toEqual([100, 500])
  })

  test('a logarithmic one has whole powers around what is shown', () => {
    expect(logarithmic(5, 90, 0, 100).ticks).toEqual([1, 10, 100])
    expect(logarithmic(10, 10, 0, 100).ticks).toEqual([10, 100])
  })

  test('rates come from what arrived between two points', () => {
    const rates = ratesOf([
      [0, 0],
      [1, 1_000_000],
      [3, 1_000_000],
    ])
    expect(rates).toEqual([
      [0, 0],
      [1, 8],
      [3, 0],
    ])
  })

  test('thinning keeps both ends', () => {
    const points = Array.from({ length: 1000 }, (_, i) => i)
    const kept = thin(points, 80)
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([80, 0, 999])
    expect(thin([1, 2], 80)).toEqual([1, 2])
  })
})

test('what rsync says of literal data has separators', () => {
  expect(literalBytesOf('Number of files: 1\nLiteral data: 1,234,567 bytes\nMatched data: 0 bytes')).toBe(
    1_234_567,
  )
  expect(literalBytesOf('nothing of it')).toBeUndefined()
})
