// What a progress display says, from the numbers of a transfer: the rate over a sliding window, what it waits for,
// one line in a given width. Pure: the time comes in, the text goes out.

import { type Micros, second } from '../base/units.ts'
import type { Direction, Phase, TransferEvent } from '../transfer/events.ts'
import { formatBytes, formatCountdown, formatDuration, formatPercent, formatRate } from './format.ts'
import { Rate } from './rate.ts'
import { cutOff, displayWidth, shorten } from './width.ts'

/** A wait that lasts so long says for how long. */
const longWaitMicros: Micros = 5 * second

const phaseNames: Readonly<Record<Phase, string>> = {
  connecting: 'connecting',
  asking: 'waiting for a person on the other side',
  scanning: 'reading',
  transferring: 'transferring',
  building: 'building',
  verifying: 'verifying',
}

/** As far as it is known. */
export interface Total {
  readonly bytes: number
  readonly files: number
}

export class ProgressText {
  readonly #name: string
  readonly #direction: Direction
  #totalBytes: number
  #phase: Phase
  readonly #rate = new Rate()
  #doneBytes = 0
  #wireBytes = 0
  #checkedBytes = 0
  #doneFiles = 0
  #totalFiles: number
  /** When a number last moved or the phase changed. */
  #movedAt: Micros

  /** @param name escaped already */
  constructor(direction: Direction, name: string, total: Total, phase: Phase, now: Micros) {
    this.#direction = direction
    this.#name = name
    this.#totalBytes = total.bytes
    this.#totalFiles = total.files
    this.#phase = phase
    this.#movedAt = now
  }

  onPhase(phase: Phase, now: Micros): void {
    if (phase === this.#phase) return
    this.#phase = phase
    // what an earlier attempt brought shows once the transfer begins, however long the source was read before
    this.#rate.restart()
    this.#movedAt = now
  }

  onProgress(
    progress: Omit<Extract<TransferEvent, { kind: 'progress' }>, 'kind' | 'transfer' | 'reusedBytes'>,
    now: Micros,
  ): void {
    if (progress.doneBytes > this.#doneBytes || progress.checkedBytes > this.#checkedBytes)
      this.#movedAt = now
    this.#doneBytes = progress.doneBytes
    this.#totalBytes = progress.totalBytes
    this.#wireBytes = progress.wireBytes
    this.#doneFiles = Math.max(this.#doneFiles, progress.doneFiles)
    this.#totalFiles = progress.totalFiles
    this.#checkedBytes = progress.checkedBytes
    this.#rate.add(progress.doneBytes, now)
  }

  /** Whole tenths that are done: where a log gets its lines. */
  get tenths(): number {
    return this.#totalBytes > 0 ? Math.floor((10 * this.#doneBytes) / this.#totalBytes) : 0
  }

  /** One line of at most `width` cells. What matters least goes first. */
  line(now: Micros, width: number): string {
    const parts = this.#parts(now)
    const verb = this.#direction === 'send' ? 'sending' : 'receiving'
    // the name gives way down to a dozen cells before a number does
    const nameWidth = Math.min(displayWidth(this.#name), 12)
    const fixed = (kept: readonly string[]): number =>
      displayWidth([verb, '', ...kept].join('  ')) - 1 + nameWidth
    while (parts.length > 1 && fixed(parts) > width) parts.pop()
    const rest = parts.join('  ')
    const name = shorten(this.#name, Math.max(nameWidth, width - displayWidth(`${verb}   ${rest}`)))
    return cutOff(`${verb} ${name}  ${rest}`, width)
  }

  /** Most important first. */
  #parts(now: Micros): string[] {
    const waited = now - this.#movedAt
    const wait = waited >= longWaitMicros ? [`${this.#waitName()} ${formatDuration(waited)}`] : []
    const wire = `wire ${formatBytes(this.#wireBytes)}`
    const total = formatBytes(this.#totalBytes)
    switch (this.#phase) {
      case 'connecting':
      case 'asking':
        return [...(wait.length > 0 ? wait : [phaseNames[this.#phase]])]
      case 'scanning':
      case 'verifying': {
        const share = formatPercent(this.#checkedBytes, this.#totalBytes)
        const checked = `${phaseNames[this.#phase]} ${share}`
        return [checked, ...wait, `${formatBytes(this.#checkedBytes)} of ${total}`, wire]
      }
      default: {
        const done = `${formatPercent(this.#doneBytes, this.#totalBytes)}`
        const rate = this.#rate.at(now)
        const left = this.#totalBytes - this.#doneBytes
        const eta = rate > 0 && left > 0 ? [`ETA ${formatCountdown((left * 1e6) / rate)}`] : []
        const speed = formatRate(rate, second)
        const phase = this.#phase === 'building' ? ['building'] : []
        const bytes = `${formatBytes(this.#doneBytes)} of ${total}`
        return [done, ...wait, speed, ...eta, ...this.#files(), wire, bytes, ...phase]
      }
    }
  }

  /** Of one file its bytes say enough. */
  #files(): string[] {
    return this.#totalFiles > 1 ? [`${this.#doneFiles} of ${this.#totalFiles} files`] : []
  }

  #waitName(): string {
    switch (this.#phase) {
      case 'connecting':
      case 'asking':
        return phaseNames[this.#phase]
      case 'transferring':
        return this.#direction === 'send' ? 'waiting for the receiver' : 'waiting for the sender'
      default:
        return `${phaseNames[this.#phase]}, nothing new for`
    }
  }
}
