// What is remembered of a path, and what is not believed. §10-13

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStats } from '../../src/proto/stats.ts'
import { PathMemory } from '../../src/transfer/path_memory.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfs-paths-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

const memory = () => new PathMemory(join(folder, 'state', 'jobs'))
const seen = (changes = {}) => ({
  ...createStats(),
  deliveryBytesPerSecond: 5e6,
  rttMicrosMin: 80_000,
  packetsSent: 2000,
  ...changes,
})

test('a place is remembered by its latest transfer, for its owner alone', () => {
  memory().remember('a:1', seen())
  memory().remember('b:1', seen({ deliveryBytesPerSecond: 1 }))
  memory().remember('a:1', seen({ deliveryBytesPerSecond: 7e6 }))
  expect(memory().recall('a:1')).toMatchObject({ bytesPerSecond: 7e6, rttMicros: 80_000 })
  expect(memory().recall('b:1')).toMatchObject({ bytesPerSecond: 1 })
  expect(memory().recall('c:1')).toBeUndefined()
  expect(statSync(join(folder, 'state', 'paths.json')).mode & 0o077).toBe(0)
})

test('a transfer of little, and one that nobody measured, says nothing of a path', () => {
  memory().remember('a:1', seen({ packetsSent: 10 }))
  memory().remember('a:1', seen({ deliveryBytesPerSecond: 0 }))
  expect(memory().recall('a:1')).toBeUndefined()
})

test('what is a day old is forgotten', () => {
  vi.useFakeTimers()
  memory().remember('a:1', seen())
  vi.advanceTimersByTime(24 * 3600 * 1000 - 1)
  expect(memory().recall('a:1')).toBeDefined()
  vi.advanceTimersByTime(1)
  expect(memory().recall('a:1')).toBeUndefined()
})

test('a file that somebody has spoilt is no file', () => {
  memory().remember('a:1', seen())
  const path = join(folder, 'state', 'paths.json')
  for (const text of [
    '',
    '{',
    'null',
    '[1,null,{}]',
    '[{"place":"a:1","bytesPerSecond":-1,"rttMicros":1,"atMillis":1}]',
  ]) {
    writeFileSync(path, text)
    expect(memory().recall('a:1')).toBeUndefined()
  }
  memory().remember('a:1', seen())
  expect(memory().recall('a:1')).toBeDefined()
})
