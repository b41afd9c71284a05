// A started process and what it costs: its lines, its end, its peak of anonymous memory sampled from /proc at 10 Hz
// (from outside, so that a busy event loop cannot hide a peak), and, where bench/probe.ts was loaded into it, the
// CPU seconds of all its threads and the bytes it read. Linux only. Knows no pfs.

import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { must } from '../src/base/assert.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What the probe wrote at the process's own end. */
export interface Cost {
  /** User and system, all threads. */
  readonly cpuSeconds: number
  /** Bytes that read calls returned: files and pipes, not sockets' datagrams nor mapped files. */
  readonly readBytes: number
}

const samplesPerSecond = 10
const textCharactersMax = 4 * 1024 * 1024

interface Waiter {
  readonly pattern: RegExp
  readonly resolve: (found: RegExpExecArray) => void
  readonly reject: (error: Error) => void
}

export class Watched {
  readonly name: string
  readonly ended: Promise<Ended>
  readonly startedAt = performance.now()
  readonly #child: ChildProcess
  readonly #costPath: string | undefined
  #waiters: Waiter[] = []
  #stdout = ''
  #stderr = ''
  #rssAnonPeakBytes = 0
  #rssPeakBytes = 0
  #endedAt: number | undefined

  /** @param costPath where the probe in it writes, if there is one */
  constructor(name: string, child: ChildProcess, costPath?: string) {
    this.name = name
    this.#child = child
    this.#costPath = costPath
    killAtExit(this)
    const sampler = setInterval(() => this.#sample(), 1000 / samplesPerSecond)
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        clearInterval(sampler)
        running.delete(this)
        this.#endedAt ??= performance.now()
        const unmet = new Error(
          `${name} ended (${code ?? signal}) before it said what was waited for\n${this.tail}`,
        )
        for (const waiter of this.#waiters.splice(0)) waiter.reject(unmet)
        resolve({ code, signal })
      })
    })
    child.once('exit', () => {
      this.#endedAt = performance.now()
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-textCharactersMax)
      this.#wake()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-textCharactersMax)
      this.#wake()
    })
  }

  get pid(): number {
    return must(this.#child.pid, 'a process that started')
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** The last it said, for the sentence that says what went wrong. */
  get tail(): string {
    return `${this.#stdout}${this.#stderr}`.slice(-2000)
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get rssAnonPeakBytes(): number {
    return this.#rssAnonPeakBytes
  }

  /** All that was resident, of each process for itself: what they share counts several times. */
  get rssPeakBytes(): number {
    return this.#rssPeakBytes
  }

  get endedAt(): number {
    return must(this.#endedAt, `${this.name} has ended`)
  }

  /** From start to end. */
  get elapsedSeconds(): number {
    return (this.endedAt - this.startedAt) / 1000
  }

  /** After the end; undefined when it was killed, or ran without the probe. */
  get cost(): Cost | undefined {
    if (this.#costPath === undefined) return undefined
    try {
      return parseCost(readFileSync(this.#costPath, 'utf8'))
    } catch {
      return undefined
    }
  }

  /** Resolves when what it has said on either stream matches. Rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ pattern, resolve, reject })
      this.#wake()
    })
  }

  /** To its standard input, where it has one. */
  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks it to end, and after `patienceMillis` ends it. */
  async stop(patienceMillis = 10_000): Promise<Ended> {
    if (this.isRunning) this.kill('SIGINT')
    const timer = setTimeout(() => this.kill('SIGKILL'), patienceMillis)
    const ended = await this.ended
    clearTimeout(timer)
    return ended
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr)
      if (found) resolve(found)
      return !found
    })
  }

  #sample(): void {
    const { anonymousBytes, residentBytes } = memoryOf(this.pid)
    this.#rssAnonPeakBytes = Math.max(this.#rssAnonPeakBytes, anonymousBytes)
    this.#rssPeakBytes = Math.max(this.#rssPeakBytes, residentBytes)
  }
}

/** Of a process and all below it; nothing of one that has just ended. */
function memoryOf(pid: number): { anonymousBytes: number; residentBytes: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    const below = children === '' ? [] : children.split(' ').map(child => memoryOf(Number(child)))
    return {
      anonymousBytes: below.reduce((sum, child) => sum + child.anonymousBytes, bytes('RssAnon')),
      residentBytes: below.reduce((sum, child) => sum + child.residentBytes, bytes('VmRSS')),
    }
  } catch {
    return { anonymousBytes: 0, residentBytes: 0 }
  }
}

/** What the probe wrote, or bash's `times` (metered.ts): its own user and system time, and its children's. */
function parseCost(text: string): Cost {
  if (text.startsWith('{')) return JSON.parse(text) as Cost
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)]
  return {
    cpuSeconds: times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0),
    readBytes: Number.NaN,
  }
}

const running = new Set<Watched>()
let isWatching = false

/** A bench that breaks off leaves nothing running. */
function killAtExit(watched: Watched): void {
  running.add(watched)
  if (isWatching) return
  isWatching = true
  process.on('exit', killRunning)
}

/** What has been started and has not ended. */
export const runningNow = (): Watched[] => [...running]

/** Ends what a run that failed has left. */
export function killRunning(): void {
  for (const one of running) one.kill('SIGKILL')
}

/** Seconds the whole machine was busy since it started: what others took shows in the difference. */
export function machineBusySeconds(): number {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields
  return (user + nice + system + irq + softirq) / 100
}
