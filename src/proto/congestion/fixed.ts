// Controllers that do not control: a window, or a rate, that stands as it was given. For tests, and for links that
// belong to one user alone. PROTOCOL.md §10. Knows no loss.

import { type Micros, second } from '../../base/units.ts'
import type { AckedBytes, Controller, ControllerFactory, LostBytes } from './controller.ts'
import { initialDatagrams, leastDatagrams, windowBytesMax } from './cubic.ts'

/** A window of `windowBytes`, whatever happens. */
export function fixedWindow(windowBytes: number): ControllerFactory {
  return (_now, datagramBytes) => new Fixed(datagramBytes, windowBytes, undefined)
}

/** The window that carries `bytesPerSecond` at the path's round trip; ten datagrams until that is known. */
export function fixedRate(bytesPerSecond: number): ControllerFactory {
  return (_now, datagramBytes) => new Fixed(datagramBytes, initialDatagrams * datagramBytes, bytesPerSecond)
}

class Fixed implements Controller {
  readonly name = 'fixed'
  readonly isSlowStart = false
  readonly pacingBytesPerSecond = undefined
  readonly #bytesPerSecond: number | undefined
  #datagramBytes: number
  #windowBytes: number

  constructor(datagramBytes: number, windowBytes: number, bytesPerSecond: number | undefined) {
    this.#datagramBytes = datagramBytes
    this.#bytesPerSecond = bytesPerSecond
    this.#windowBytes = windowBytes
  }

  get windowBytes(): number {
    const least = leastDatagrams * this.#datagramBytes
    return Math.floor(Math.min(windowBytesMax, Math.max(least, this.#windowBytes)))
  }

  onAcked(acked: AckedBytes): void {
    if (this.#bytesPerSecond === undefined || !acked.isWindowLimited) return
    // a queue of our own making must not feed the window that made it: at most twice the empty path's round trip
    const rtt = Math.min(acked.smoothedRttMicros, 2 * acked.minimumRttMicros)
    if (rtt > 0) this.#windowBytes = (this.#bytesPerSecond * rtt) / second
  }

  onDatagramSize(datagramBytes: number): void {
    if (datagramBytes > 0) this.#datagramBytes = datagramBytes
  }

  onHandshakeRtt(_rttMicros: Micros): void {}
  onSent(_now: Micros, _bytes: number): void {}
  onLost(_lost: LostBytes): void {}
  onSpuriousLoss(_now: Micros): void {}
}
