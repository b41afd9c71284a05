// A command whose events are looked at: a writer and a follower under a clock of the test's own, and a transfer to tell of.
// Remembers which fields of each type anybody has seen.

import { vi } from 'vitest'
import { second } from '../../src/base/units.ts'
import { EventWriter } from '../../src/cli/event_writer.ts'
import { Follower } from '../../src/cli/follow.ts'
import { noLog } from '../../src/cli/log.ts'
import { defaultSettings, type Settings } from '../../src/cli/settings.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import type { Context } from '../../src/cli/verb.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'
import type { TransferEvent, TransferSummary } from '../../src/transfer/events.ts'
import { checkedLines, type Line } from '../support/event_check.ts'

export const peerId = 'xmcfrpxokut7cvbporuxszl7fsanoy662uwacly5wkn5nem4iaca'
export const runId = '0123456789abcdef01234567'
export const transfer = 'aa'.repeat(12) + 'bb'.repeat(4)
export const job = 'aa'.repeat(12)

/** What tests have seen of each type; the last one looks at all of it. */
export const seen = new Map<string, Set<string>>()

const unset = { configuration: resolveWithoutFiles({}, {}), log: noLog }

export class Run {
  text = ''
  stdout = ''
  stderr = ''
  now = 0
  readonly writer: EventWriter
  readonly context: Context
  readonly follower: Follower

  constructor(settings: Partial<Settings> = {}) {
    this.writer = new EventWriter({
      write: line => {
        this.text += line
      },
      runId,
      isQuiet: settings.isQuiet === true,
      progressPerSecond: 2,
      now: () => this.now,
      date: () => new Date(this.now / 1000),
    })
    const stdout = { isTTY: true, write: (text: string) => (this.stdout += text) }
    const stderr = { isTTY: true, columns: 80, write: (text: string) => (this.stderr += text) }
    const whole: Settings = { ...defaultSettings, eventsDescriptor: 1, ...settings }
    const terminal = new Terminal(stdout, stderr, whole, this.writer)
    const directories = { config: '', pool: '', jobs: '' }
    this.context = {
      ...unset,
      settings: whole,
      terminal,
      directories,
      interruptible: () => AbortSignal.abort(),
    }
    this.follower = new Follower(this.context)
  }

  tell(...events: readonly TransferEvent[]): this {
    for (const event of events) this.follower.onEvent(event)
    return this
  }

  pass(seconds: number): this {
    for (let passed = 0; passed < seconds; passed += 0.25) {
      this.now += second / 4
      vi.advanceTimersByTime(250)
    }
    return this
  }

  get lines(): Line[] {
    const lines = checkedLines(this.text)
    for (const line of lines) {
      const fields = seen.get(line.type) ?? new Set()
      seen.set(line.type, fields)
      for (const name of Object.keys(line)) fields.add(name)
    }
    return lines
  }

  of(type: string): Line[] {
    return this.lines.filter(line => line.type === type)
  }
}

export const start = (direction: 'send' | 'recv' = 'send', name = 'big.iso'): TransferEvent => ({
  kind: 'start',
  transfer,
  direction,
  name,
  sizeBytes: 1000,
  fileCount: 3,
  peerId,
  host: '10.0.0.2:9419',
})
export const progress = (
  doneBytes: number,
  more: Partial<Extract<TransferEvent, { kind: 'progress' }>> = {},
) => ({
  kind: 'progress' as const,
  transfer,
  doneBytes,
  totalBytes: 1000,
  wireBytes: 7,
  reusedBytes: 5,
  checkedBytes: 0,
  doneFiles: 0,
  totalFiles: 1,
  ...more,
})
export const summary: TransferSummary = {
  direction: 'recv',
  name: 'big.iso',
  path: '/srv/big.iso',
  sizeBytes: 1000,
  wireBytes: 70,
  reusedBytes: 950,
  elapsedMicros: 2.5 * second,
  isUnchanged: false,
  fileCount: 3,
  failures: [{ path: 'a', code: 'PFS_WRITE', message: 'no' }],
  failureCount: 1,
  unwantedCount: 0,
  planned: undefined,
  suite: 'AES-256-GCM',
  transport: {
    carrier: 'udp',
    sendPath: 'gso',
    datagramBytes: 1452,
    rttMicros: 200,
    packetsSent: 1,
    packetsLost: 0,
    retransmittedBytes: 0,
    repeatedBytes: 0,
    sendAgain: 0,
    sendErrors: 0,
    paths: 1,
    gsoRefused: 0,
    kernelDrops: 0,
    ecn: 'off',
    marksReported: 0,
    marksSeen: 0,
    limitedBy: 'none',
    waitedMicros: { none: 0, window: 0, credit: 0, pacer: 0, application: 0, amplification: 0 },
    notes: [],
  },
  blobId: 'cc',
}
