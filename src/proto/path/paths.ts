// The paths of one connection: which there are, in which order they are asked for room, which speaks for one that carries
// nothing. At least one always carries. PROTOCOL.md §4.3.

import { must } from '../../base/assert.ts'
import type { Micros } from '../../base/units.ts'
import type { Address } from '../address.ts'
import { Path, type PathOptions } from './path.ts'

export class Paths {
  /** By id; never empty. */
  readonly all: Path[] = []
  /** What both sides take, once the handshake has said so. §4.3-1 */
  max = 1
  readonly #options: Omit<PathOptions, 'id' | 'address'>
  #rateMax = Number.POSITIVE_INFINITY

  constructor(now: Micros, options: Omit<PathOptions, 'id'>) {
    this.#options = options
    this.open(now, options.address)
    this.first.carry(now, undefined)
  }

  /** That of the handshake. */
  get first(): Path {
    return must(this.all[0], 'a connection has a path')
  }

  get(id: number): Path | undefined {
    return this.all[id]
  }

  /** Those that carry, the quickest first; then the others. */
  get inOrder(): readonly Path[] {
    if (this.all.length === 1) return this.all
    return [...this.all].sort((a, b) => rank(a) - rank(b))
  }

  /** The quickest that carries: it speaks for those that do not. */
  get carrier(): Path {
    let best: Path | undefined
    for (const path of this.all)
      if (path.carries && (!best || path.recovery.rtt.smoothed < best.recovery.rtt.smoothed)) best = path
    return must(best, 'a path that carries')
  }

  /** Its own, or as long as nothing is known of it that of the quickest. */
  probeTimeoutOf(path: Path): Micros {
    const { recovery } = path.recovery.rtt.hasSample ? path : this.carrier
    return recovery.probeTimeoutBase
  }

  /** Whose packets are acknowledged by the way of `path`: its own, and by the carrier's those of paths that carry nothing. §4.3-4 */
  answeredBy(path: Path): readonly Path[] {
    if (this.all.length === 1) return this.all
    const others = path === this.carrier ? this.all.filter(other => !other.carries) : []
    return [path, ...others]
  }

  /** The next one; undefined when there may be no more. */
  open(now: Micros, address: Address | undefined): Path | undefined {
    if (this.all.length >= this.max) return undefined
    const path = new Path(now, { ...this.#options, id: this.all.length, address })
    this.all.push(path)
    return path
  }

  /** It carries from now on. @param rttMicros of its proof, where that was measured */
  carry(now: Micros, path: Path, rttMicros?: Micros): void {
    path.carry(now, rttMicros)
    this.#shareRate(now)
  }

  /** Three probe time-outs in a row on it: true when others carry on. §4.3-5 */
  silence(now: Micros, path: Path): boolean {
    if (!this.all.some(other => other !== path && other.carries)) return false
    path.fallSilent(now)
    this.#shareRate(now)
    return true
  }

  /** @param bytesPerSecond over all paths; infinite for no limit */
  limitRate(now: Micros, bytesPerSecond: number): void {
    this.#rateMax = bytesPerSecond
    this.#shareRate(now)
  }

  #shareRate(now: Micros): void {
    const share = this.#rateMax / this.all.filter(path => path.carries).length
    for (const path of this.all) path.recovery.limitRate(now, share)
  }
}

function rank(path: Path): number {
  return path.carries ? path.recovery.rtt.smoothed : Number.POSITIVE_INFINITY
}
