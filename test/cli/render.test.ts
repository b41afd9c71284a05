// The progress display under a clock of our own: few lines and no carriage return in a log, one line that fits on a
// terminal, and numbers one can trust.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { second } from '../../src/base/units.ts'
import { Render } from '../../src/cli/render.ts'
import { defaultSettings, progressKind } from '../../src/cli/settings.ts'
import { displayWidth } from '../../src/cli/width.ts'
import { Screen } from './screen.ts'

const total = 1_000_000_000

afterEach(() => {
  vi.useRealTimers()
})

/** A display and a transfer that moves as told. */
function display(kind: 'bar' | 'lines' | 'none', columns = 80, name = 'big.iso', files = 1) {
  vi.useFakeTimers()
  const screen = new Screen({}, kind === 'bar', columns)
  let now = 0
  const render = new Render(screen.terminal, kind, () => now)
  return {
    screen,
    render,
    start: () => render.start('send', name, { bytes: total, files }),
    done: (doneBytes: number, doneFiles = 0) =>
      render.onEvent({
        kind: 'progress',
        doneBytes,
        totalBytes: total,
        wireBytes: doneBytes,
        reusedBytes: 0,
        checkedBytes: 0,
        doneFiles,
        totalFiles: files,
      }),
    pass: (seconds: number) => {
      now += seconds * second
      vi.advanceTimersByTime(seconds * 1000)
    },
  }
}

/** The last status line that was drawn. */
const shown = (screen: Screen): string => screen.stderr.split('\r').at(-1)?.replace('\u001b[K', '') ?? ''

describe('in a log', () => {
  test('five minutes of transfer are fewer than 20 lines without a carriage return', () => {
    const { screen, render, start, done, pass } = display('lines')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    for (let at = 0; at < 300; at++) {
      done((total * at) / 300)
      pass(1)
    }
    render.stop()
    expect(screen.talk.length).toBeGreaterThan(5)
    expect(screen.talk.length).toBeLessThan(20)
    expect(screen.stderr).not.toMatch(/(?!\n)\p{Cc}/u)
  })
  test('five minutes of stalling are few lines too, and say what is waited for', () => {
    const { screen, render, start, done, pass } = display('lines')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    done(total / 2)
    for (let at = 0; at < 300; at++) pass(1)
    expect(screen.talk.length).toBe(5)
    expect(screen.talk.at(-1)).toMatch(/waiting for the receiver 4 min 10 s/)
  })
  test('a transfer of a second says nothing', () => {
    const { screen, render, start, done, pass } = display('lines')
    start()
    done(total)
    pass(1)
    render.stop()
    pass(100)
    expect(screen.stderr).toBe('')
  })
})

describe('on a terminal', () => {
  test('shows at most ten frames a second and removes its line at the end', () => {
    const { screen, render, start, done, pass } = display('bar')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    for (let at = 1; at <= 1000; at++) {
      done(at * 1_000_000)
      pass(0.001)
    }
    expect(screen.stderr.split('\r').length - 1).toBeLessThanOrEqual(10)
    render.stop()
    expect(shown(screen)).toBe('')
    expect(screen.stderr).not.toContain('\n')
  })
  test('names share, speed, time left and wire bytes', () => {
    const { screen, render, start, done, pass } = display('bar')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    done(0)
    for (let at = 1; at <= 4; at++) {
      pass(1)
      done(at * 100_000_000)
    }
    pass(0.1)
    expect(shown(screen)).toMatch(/^sending big\.iso {2}40\.0 % {2}9\d\.\d MB\/s {2}ETA 7 s {2}wire 400 MB/)
  })
  test('what an earlier attempt brought counts as done and not as speed', () => {
    const { screen, render, start, done, pass } = display('bar')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    pass(1)
    done(900_000_000)
    pass(1)
    done(910_000_000)
    pass(0.1)
    expect(shown(screen)).toMatch(/91\.0 % {2}9\.09 MB\/s/)
  })
  test('nor does it where the source was read before, and the time left is true', () => {
    const { screen, render, start, done, pass } = display('bar')
    start()
    render.onEvent({ kind: 'phase', phase: 'scanning' })
    done(0)
    pass(1)
    done(0)
    pass(0.5)
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    done(900_000_000)
    pass(1)
    done(910_000_000)
    pass(0.1)
    expect(shown(screen)).toMatch(/91\.0 % {2}9\.09 MB\/s {2}ETA 10 s/)
  })
  test('the speed falls to nothing when nothing comes, and the wait has a name', () => {
    const { screen, render, start, done, pass } = display('bar')
    start()
    render.onEvent({ kind: 'phase', phase: 'transferring' })
    done(0)
    pass(1)
    done(100_000_000)
    pass(12)
    expect(shown(screen)).toMatch(/waiting for the receiver 12\.0 s {2}0 B\/s/)
  })
  test('before the first byte it says what it does', () => {
    const { screen, render, start, pass } = display('bar')
    render.start('send', 'big.iso', { bytes: 0, files: 1 }, 'connecting')
    pass(0.1)
    expect(shown(screen)).toBe('sending big.iso  connecting')
    start()
    pass(0.1)
    expect(shown(screen)).toMatch(/^sending big\.iso {2}0 % {2}0 B\/s/)
    render.onEvent({ kind: 'phase', phase: 'asking' })
    pass(12)
    expect(shown(screen)).toBe('sending big.iso  waiting for a person on the other side 12.0 s')
  })
  test('of a tree it says how many files are there, before anything that is less', () => {
    const { screen, start, done, pass } = display('bar', 100, 'src', 3000)
    start()
    pass(0.1)
    expect(shown(screen)).toMatch(/^sending src {2}0 % {2}0 B\/s {2}0 of 3000 files {2}wire 0 B {2}/)
    done(total / 2, 1200)
    pass(0.1)
    expect(shown(screen)).toMatch(/^sending src {2}50\.0 % .* {2}1200 of 3000 files {2}wire /)
    // what the receiver says of itself may be less than what was said before
    done(total / 2, 1100)
    pass(0.1)
    expect(shown(screen)).toContain('1200 of 3000 files')
    const narrow = display('bar', 55, 'src', 3000)
    narrow.start()
    narrow.done(total / 2, 1200)
    narrow.pass(0.1)
    expect(shown(narrow.screen)).toMatch(/1200 of 3000 files$/)
    const single = display('bar', 100)
    single.start()
    single.done(total / 2)
    single.pass(0.1)
    expect(shown(single.screen)).not.toContain('files')
  })
  for (const columns of [1, 10, 20, 40, 80, 200]) {
    test(`fits into ${columns} columns, whatever the name`, () => {
      const { screen, render, start, done, pass } = display(
        'bar',
        columns,
        `${'日本'.repeat(60)}\u001b[2J.iso`,
      )
      start()
      render.onEvent({ kind: 'phase', phase: 'transferring' })
      for (let at = 0; at < 30; at++) {
        done(at * 10_000_000)
        pass(0.5)
        expect(displayWidth(shown(screen))).toBeLessThan(columns)
      }
    })
  }
  test('stands still while a person types', () => {
    const { screen, render, start, pass } = display('bar')
    start()
    render.pause()
    const before = screen.stderr
    pass(10)
    expect(screen.stderr).toBe(before)
    render.resume()
    pass(0.1)
    expect(screen.stderr.length).toBeGreaterThan(before.length)
  })
})

test('none is nothing at all', () => {
  const { screen, start, done, pass } = display('none')
  start()
  done(5)
  pass(300)
  expect(screen.stderr).toBe('')
})

test('auto animates only where a person watches', () => {
  const auto = (isTerminal: boolean, environment: Record<string, string>, settings = {}) =>
    progressKind({ ...defaultSettings, ...settings }, isTerminal, environment)
  expect(auto(true, { TERM: 'xterm' })).toBe('bar')
  expect(auto(false, { TERM: 'xterm' })).toBe('lines')
  expect(auto(true, { TERM: 'dumb' })).toBe('lines')
  expect(auto(true, { TERM: 'xterm', CI: '1' })).toBe('lines')
  expect(auto(true, { TERM: 'xterm', CI: 'false' })).toBe('bar')
  expect(auto(true, {}, { isQuiet: true, progress: 'bar' })).toBe('none')
  expect(auto(true, {}, { isJson: true })).toBe('none')
  expect(auto(false, {}, { isJson: true, progress: 'lines' })).toBe('lines')
})
