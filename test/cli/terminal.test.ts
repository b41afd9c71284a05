// Who may write where, what never reaches a terminal, and how faults are told.

import { describe, expect, test } from 'vitest'
import { failures, PfsError } from '../../src/base/errors.ts'
import type { EventWriter } from '../../src/cli/event_writer.ts'
import { complain, faultOf } from '../../src/cli/failure.ts'
import { exitCodes } from '../../src/cli/help_topics.ts'
import { defaultSettings } from '../../src/cli/settings.ts'
import { endLine, summaryDocument, syncLine } from '../../src/cli/summary.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { Screen } from './screen.ts'

const hostile = '\u001b]0;owned\u0007\r\n\u202egpj.exe\u009b2J'

describe('the terminal', () => {
  test('no control character of a hostile name reaches it by any way', () => {
    const screen = new Screen({}, true)
    screen.terminal.say(hostile)
    screen.terminal.complain(hostile)
    screen.terminal.result(hostile)
    screen.terminal.prompt(hostile)
    screen.terminal.status('')
    complain(new PfsError('PFS_NOT_FOUND', hostile, { hint: hostile }), screen)
    // what is left are our own line ends and the two that clear a status line
    const ours = (screen.stdout + screen.stderr)
      .replaceAll('\r\u001b[K', '')
      .replaceAll('\r', '')
      .replaceAll('\u001b[K', '')
    expect(ours.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(screen.stderr).toContain('\\u{1b}]0;owned\\u{7}\\u{d}\\u{a}\\u{202e}gpj.exe\\u{9b}2J')
  })
  test('a script gets the exact name on stdout', () => {
    const screen = new Screen()
    screen.terminal.result(hostile)
    expect(screen.stdout).toBe(`${hostile}\n`)
  })
  test('--quiet leaves the result and the faults', () => {
    const screen = new Screen({ isQuiet: true })
    screen.terminal.say('talk')
    screen.terminal.result('result')
    screen.terminal.complain('fault')
    expect([screen.stdout, screen.stderr]).toEqual(['result\n', 'fault\n'])
  })
  test('--json makes the document the only thing on stdout', () => {
    const screen = new Screen({ isJson: true })
    screen.terminal.result('result')
    screen.terminal.document({ name: '\u001b' })
    expect(screen.stdout).toBe('{"name":"\\u001b"}\n')
  })
  test('without --json there is no document', () => {
    const screen = new Screen()
    screen.terminal.document({})
    expect(screen.stdout).toBe('')
  })
  test('a line that is said lifts the status line out of its way and puts it back', () => {
    const screen = new Screen({}, true)
    screen.terminal.status('50 %')
    screen.terminal.say('talk')
    screen.terminal.result('result')
    screen.terminal.status('')
    expect(screen.stderr).toBe(
      '\r50 %\u001b[K\r\u001b[Ktalk\n\r50 %\u001b[K\r\u001b[K\r50 %\u001b[K\r\u001b[K',
    )
  })
  test('colour only where it is asked for or a terminal is', () => {
    const colours = (color: 'auto' | 'always' | 'never') => {
      const screen = new Screen({ color })
      screen.terminal.say('x', 'bold')
      return screen.stderr
    }
    expect(['auto', 'never', 'always'].map(color => colours(color as 'auto'))).toEqual([
      'x\n',
      'x\n',
      '\u001b[1mx\u001b[22m\n',
    ])
  })
})

describe('with --events', () => {
  const silent = { of: () => silent } as unknown as EventWriter
  const written = (eventsDescriptor: number): string[] => {
    const said = ['', '']
    const stream = (at: number) => ({ isTTY: true, write: (text: string) => (said[at] += text) })
    const settings = { ...defaultSettings, eventsDescriptor }
    const terminal = new Terminal(stream(0), stream(1), settings, silent)
    terminal.say('talk')
    terminal.complain('fault')
    terminal.result('/srv/big.iso')
    return said
  }
  test('nothing is said to people, and the result is among the lines', () => {
    expect(written(1)).toEqual(['', ''])
  })
  test('on another descriptor the result stays on stdout', () => {
    expect(written(3)).toEqual(['/srv/big.iso\n', ''])
  })
})

describe('a fault', () => {
  for (const code of Object.keys(failures) as (keyof typeof failures)[]) {
    test(`${code} ends with its own status, and help tells of it`, () => {
      const screen = new Screen()
      expect(complain(new PfsError(code, 'x'), screen)).toBe(failures[code].exit)
      expect(screen.talk[0]).toBe(`pfs: ${failures[code].sentence}: x`)
      expect(exitCodes().join('\n')).toContain(`${failures[code].sentence} (${code})`)
    })
  }
  test('its hint is a line of its own, and a field with --json', () => {
    const fault = new PfsError('PFS_EXISTS', 'a.iso', { hint: 'Use another name.' })
    const people = new Screen()
    complain(fault, people)
    expect(people.talk).toEqual([expect.stringMatching(/^pfs: /), '  Use another name.'])
    const machine = new Screen({ isJson: true })
    complain(fault, machine)
    expect(JSON.parse(machine.stderr)).toEqual({
      code: 'PFS_EXISTS',
      exit_code: 10,
      message: 'the target exists and is different: a.iso',
      hint: 'Use another name.',
    })
  })
  test('of our own making ends with 1, says so, and shows its stack only with -v', () => {
    const bug = new Error('pfs: internal error: ranges overlap')
    const plain = new Screen()
    expect(complain(bug, plain)).toBe(1)
    expect(plain.stderr).toMatch(/a bug in pfs stopped it: ranges overlap\n/)
    expect(plain.stderr).not.toMatch(/terminal\.test/)
    const verbose = new Screen({ isVerbose: true })
    complain(bug, verbose)
    expect(verbose.stderr).toMatch(/terminal\.test/)
  })
  test('of the system is not called a bug', () => {
    const error = Object.assign(new Error("EACCES: permission denied, open 'x'"), {
      code: 'EACCES',
      syscall: 'open',
    })
    expect(faultOf(error)).toMatchObject({
      exitStatus: 1,
      message: expect.stringMatching(/^the system refused: EACCES/),
    })
  })
  test('that is not even an Error is told all the same', () => {
    expect(faultOf('oops')).toMatchObject({ code: 'PFS_INTERNAL', exitStatus: 1 })
  })
  test('in a ring of causes ends', () => {
    const ring = new Error('a')
    ring.cause = ring
    const screen = new Screen({ isVerbose: true })
    complain(ring, screen)
    expect(screen.talk.length).toBeLessThan(100)
  })
})

describe('the end line', () => {
  const summary = {
    direction: 'send' as const,
    name: 'big.iso',
    path: '/x/big.iso',
    sizeBytes: 4_200_000_000,
    wireBytes: 61_000_000,
    reusedBytes: 4_141_200_000,
    elapsedMicros: 3_100_000,
    isUnchanged: false,
    fileCount: 1,
    failures: [],
    failureCount: 0,
    unwantedCount: 0,
    planned: undefined,
    blobId: 'ab'.repeat(32),
    suite: 'AEGIS-128L' as const,
    transport: {
      carrier: 'udp' as const,
      sendPath: 'gso' as const,
      datagramBytes: 1472,
      rttMicros: 300,
      packetsSent: 42_000,
      packetsLost: 7,
      retransmittedBytes: 9_870,
      repeatedBytes: 0,
      sendAgain: 3,
      sendErrors: 0,
      paths: 1,
      gsoRefused: 1,
      kernelDrops: 0,
      ecn: 'off' as const,
      marksReported: 0,
      marksSeen: 0,
      limitedBy: 'credit' as const,
      waitedMicros: {
        none: 0,
        window: 0,
        credit: 1_500_000,
        pacer: 20_000,
        application: 0,
        amplification: 0,
      },
      notes: ['the path refused trains once'],
    },
  }
  test('has always the same shape', () => {
    const line = '4.20 GB in 3.1 s (1.35 GB/s) · wire 61 MB · pool 98.6 % · verified'
    expect(endLine(summary)).toBe(`sent big.iso  ${line}`)
    expect(endLine({ ...summary, direction: 'recv' })).toBe(`received big.iso  ${line}`)
  })
  test('of an unchanged target says that nothing had to be done', () => {
    expect(endLine({ ...summary, isUnchanged: true, wireBytes: 948, elapsedMicros: 40_000 })).toBe(
      'sent big.iso  4.20 GB in 0.04 s · wire 948 B · unchanged, nothing to do',
    )
  })
  test('of an empty file divides by nothing', () => {
    expect(endLine({ ...summary, sizeBytes: 0, reusedBytes: 0, elapsedMicros: 0 })).toBe(
      'sent big.iso  0 B in 0.00 s (0 B/s) · wire 61 MB · pool 0 % · verified',
    )
  })
  test('for machines has every number unrounded', () => {
    expect(summaryDocument(summary)).toMatchObject({
      size_bytes: 4_200_000_000,
      wire_bytes: 61_000_000,
      unchanged: false,
      suite: 'AEGIS-128L',
      transport: {
        send_path: 'gso',
        limited_by: 'credit',
        waited_seconds: { credit: 1.5, pacer: 0.02 },
        paths: 1,
        trains_refused: 1,
        ecn: 'off',
        marks_seen: 0,
        repeated_bytes: 0,
        notes: ['the path refused trains once'],
      },
    })
  })
  test('of a sync counts both ways', () => {
    const both = {
      sentBlobs: 3,
      receivedBlobs: 1,
      sentBytes: 1_200_000_000,
      receivedBytes: 30_000_000,
      passedOver: 0,
    }
    expect(syncLine('laptop', { ...both, wireBytes: 1_240_000_000, elapsedMicros: 3_100_000 })).toBe(
      'synced laptop  sent 3 blobs 1.20 GB · received 1 blob 30 MB in 3.1 s · wire 1.24 GB',
    )
    const some = { ...both, passedOver: 2, wireBytes: 1_240_000_000, elapsedMicros: 3_100_000 }
    expect(syncLine('laptop', some)).toMatch(/ · 2 blobs could not be read$/)
  })
})
