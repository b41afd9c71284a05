// Each numbered rule of PROTOCOL.md, `[7.4-1]`, is cited as `§7.4-1` by code and by a test, or listed in
// spec_exceptions.json with the reason why not. A citation of a rule that does not exist fails too.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

function cited(folder: string): Set<string> {
  const found = new Set<string>()
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) for (const rule of cited(path)) found.add(rule)
    else if (path.endsWith('.ts')) {
      for (const match of readFileSync(path, 'utf8').matchAll(/§([0-9]+(?:\.[0-9]+)*-[0-9]+)/g))
        found.add(match[1] ?? '')
    }
  }
  return found
}

const rules = new Set(
  [...readFileSync(join(root, 'PROTOCOL.md'), 'utf8').matchAll(/^- \[([0-9]+(?:\.[0-9]+)*-[0-9]+)\]/gm)].map(
    m => m[1] ?? '',
  ),
)
const byCode = new Set([...cited(join(root, 'src'))])
const byTests = cited(join(root, 'test'))
interface Exception {
  readonly rule: string
  readonly missing: 'code' | 'test' | 'both'
  readonly reason: string
}
const exceptions = JSON.parse(readFileSync(join(root, 'test', 'spec_exceptions.json'), 'utf8')) as Exception[]
const excused = (rule: string, what: 'code' | 'test'): boolean =>
  exceptions.some(row => row.rule === rule && (row.missing === what || row.missing === 'both'))

describe('every rule of PROTOCOL.md', () => {
  test('there are rules', () => {
    expect(rules.size).toBeGreaterThan(50)
  })
  for (const rule of rules) {
    test(`§${rule} is cited by code and by a test`, () => {
      expect(byCode.has(rule) || excused(rule, 'code'), 'cited in src').toBe(true)
      expect(byTests.has(rule) || excused(rule, 'test'), 'cited in test').toBe(true)
    })
  }
  test('every citation names a rule that exists', () => {
    expect([...byCode, ...byTests].filter(rule => !rules.has(rule))).toEqual([])
  })
  test('every exception has a reason and is still needed', () => {
    for (const row of exceptions) {
      expect(rules.has(row.rule), row.rule).toBe(true)
      expect(row.reason.length).toBeGreaterThan(20)
      const done =
        (row.missing !== 'test' && byCode.has(row.rule)) || (row.missing !== 'code' && byTests.has(row.rule))
      expect(done, `${row.rule} is cited: remove the exception`).toBe(false)
    }
  })
})
