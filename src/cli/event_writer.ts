// Writes the lines of --events: one run's, in the order things happen, with progress thinned to what a reader can use.
// Owns the timer; what a line says is event_lines.ts's.

import { PfsError } from '../base/errors.ts'
import { type Micros, second } from '../base/units.ts'
import type { TransferEvent } from '../transfer/events.ts'
import { type EventLine, encodeLine, errorLine, type Fields, lineOf, peerLine } from './event_lines.ts'
import { faultOf } from './failure.ts'
import { Rate } from './rate.ts'

export interface EventWriterOptions {
  /** Takes a whole line, its end included. */
  readonly write: (line: string) => void
  /** Of the run: what concerns no transfer is told under this name. */
  readonly runId: string
  /** Of a send to several hosts: which of them. */
  readonly to?: string
  readonly isQuiet: boolean
  readonly progressPerSecond: number
  readonly now: () => Micros
  readonly date: () => Date
}

type Progress = Extract<TransferEvent, { kind: 'progress' }>

/** A transfer that is under way. */
interface Job {
  readonly rate: Rate
  latest: Progress | undefined
  isTold: boolean
  doneBytes: number
  doneFiles: number
  checkedBytes: number
  movedAt: Micros
}

/** What stays of a transfer's id when a tree is offered anew: its first 24 digits. PROTOCOL.md §15.2-5 */
export const jobOf = (transfer: string): string => transfer.slice(0, 24)

export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #jobs = new Map<string, Job>()
  /** Under way, or the last one that was. */
  #current: string
  /** The last one told, with its job: a peer that builds says so again and again. */
  #phase = ''
  readonly #met = new Set<string>()
  readonly #others = new Map<string, EventWriter>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#current = options.runId
  }

  write(line: EventLine, job = this.#current): void {
    if (this.#options.isQuiet && (line.type === 'phase' || line.type === 'progress')) return
    const { write, date, to } = this.#options
    write(`${encodeLine(line, date(), job, to)}\n`)
  }

  /** For what concerns one host of several; undefined: there is one. */
  of(to: string | undefined): EventWriter {
    if (to === undefined) return this
    const known = this.#others.get(to) ?? new EventWriter({ ...this.#options, to })
    this.#others.set(to, known)
    return known
  }

  /** Of a command that is no transfer. */
  document(result: unknown): void {
    this.write({ type: 'result', fields: { result } })
  }

  onTransfer(event: Exclude<TransferEvent, { kind: 'listening' }>): void {
    const transfer = 'transfer' in event ? event.transfer : undefined
    const job = transfer === undefined ? this.#current : jobOf(transfer)
    this.#current = job
    switch (event.kind) {
      case 'progress':
        return this.#onProgress(job, event)
      case 'failed':
        this.#end(job)
        return this.write(errorLine(faultOf(event.error), { isFinal: false, peerId: event.peerId }), job)
      case 'start':
        this.#meet(event.host, event.peerId, job)
        this.#begin(job)
        return this.write(lineOf(event), job)
      case 'pinned':
        this.#met.add(event.peerId)
        return this.write(lineOf(event), job)
      case 'phase': {
        const phase = `${job} ${event.phase}`
        if (phase === this.#phase) return
        this.#phase = phase
        this.#jobs.get(job)?.rate.restart()
        return this.write(lineOf(event), job)
      }
      case 'done':
        this.#end(job)
        return this.write(lineOf(event), job)
      default:
        return this.write(lineOf(event), job)
    }
  }

  /** Nothing is written any more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #meet(host: string, peerId: string, job: string): void {
    if (this.#met.has(peerId)) return
    this.#met.add(peerId)
    this.write(peerLine(host, peerId, false), job)
  }

  #begin(job: string): void {
    const fresh = { latest: undefined, isTold: true, doneBytes: 0, doneFiles: 0, checkedBytes: 0 }
    this.#jobs.set(job, { rate: new Rate(), movedAt: this.#options.now(), ...fresh })
    const { progressPerSecond, isQuiet } = this.#options
    if (isQuiet) return
    this.#timer ??= setInterval(() => this.tick(), 1000 / progressPerSecond).unref()
  }

  /** Its last numbers come before its end. */
  #end(job: string): void {
    const ended = this.#jobs.get(job)
    if (ended && !ended.isTold) this.#tellProgress(job, ended)
    this.#jobs.delete(job)
    if (this.#jobs.size === 0) this.stop()
  }

  #onProgress(name: string, event: Progress): void {
    // a sync of pools has no start
    if (!this.#jobs.has(name) && event.transfer === undefined) this.#begin(name)
    const job = this.#jobs.get(name)
    if (!job) return
    const now = this.#options.now()
    if (event.doneBytes > job.doneBytes || event.checkedBytes > job.checkedBytes) job.movedAt = now
    // a receiver that says how much it has built counts otherwise than we do: nothing is ever less done than before
    job.doneBytes = Math.max(job.doneBytes, event.doneBytes)
    job.doneFiles = Math.max(job.doneFiles, event.doneFiles)
    job.checkedBytes = event.checkedBytes
    job.rate.add(job.doneBytes, now)
    job.latest = event
    job.isTold = false
  }

  /** The timer's; a test's too. A transfer that stands still is told of as well. */
  tick(): void {
    for (const [name, job] of this.#jobs) this.#tellProgress(name, job)
  }

  #tellProgress(name: string, job: Job): void {
    if (!job.latest) return
    job.isTold = true
    this.write({ type: 'progress', fields: this.#progressOf(job, job.latest) }, name)
  }

  #progressOf(job: Job, latest: Progress): Fields<'progress'> {
    const now = this.#options.now()
    const rate = job.rate.at(now)
    const leftBytes = latest.totalBytes - job.doneBytes
    const isSync = latest.totalFiles === 0
    const isKnown = latest.totalBytes > 0 && (rate > 0 || leftBytes <= 0)
    return {
      bytes_done: job.doneBytes,
      bytes_total: latest.totalBytes,
      bytes_checked: job.checkedBytes,
      bytes_wire: latest.wireBytes,
      ...(isSync ? {} : { bytes_from_pool: latest.reusedBytes }),
      ...(isSync ? {} : { files_done: job.doneFiles, files_total: latest.totalFiles }),
      bytes_per_second: Math.round(rate),
      eta_seconds: isKnown ? Math.ceil(Math.max(0, leftBytes) / Math.max(rate, 1)) : null,
      stalled_seconds: Math.floor((now - job.movedAt) / second),
    }
  }
}

/** PFS_PROGRESS_FPS, or 2 a second. */
export function progressPerSecond(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment.PFS_PROGRESS_FPS
  if (text === undefined || text === '') return 2
  const value = Number(text)
  if (value >= 0.01 && value <= 100) return value
  throw new PfsError('PFS_USAGE', `PFS_PROGRESS_FPS is ${text}, and takes a number from 0.01 to 100`)
}
