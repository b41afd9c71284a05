// Controllers that do not control. A window that stands as it was given: for tests, and for carriers that have a controller
// of their own. A rate that its owner has said: for links that belong to one user alone. PROTOCOL.md §10-11.

import { type Micros, second } from '../../base/units.ts'
import type { AckedBytes, Controller, ControllerFactory, LostBytes, MarkedBytes } from './controller.ts'
import { leastDatagrams, windowBytesMax } from './cubic.ts'

/** What is lost is sent on top of the rate, so that the rate arrives; but no more than this part of it. */
const deliveredShareMin = 0.8
/** The share is of about so many of the latest bytes: what the rate sends in this time. */
const shareMicros: Micros = 5 * second
/** Acknowledgements come late, and what was lost stays in flight until it is noticed. */
const roundTripsInFlight = 2
/** Before a round trip is known. */
const initialDatagrams = 10

/** A window of `windowBytes`, whatever happens. */
export function fixedWindow(windowBytes: number): ControllerFactory {
  return (_now, datagramBytes) => new FixedWindow(datagramBytes, windowBytes)
}

/** `bytesPerSecond`, datagrams whole, whatever is lost. */
export function fixedRate(bytesPerSecond: number): ControllerFactory {
  return (_now, datagramBytes) => new FixedRate(datagramBytes, bytesPerSecond)
}

class FixedWindow implements Controller {
  readonly name: string = 'fixed'
  readonly isSlowStart = false
  readonly deliveryBytesPerSecond = 0
  protected datagramBytes: number
  protected wantedBytes: number

  constructor(datagramBytes: number, windowBytes: number) {
    this.datagramBytes = datagramBytes
    this.wantedBytes = windowBytes
  }

  get windowBytes(): number {
    const least = leastDatagrams * this.datagramBytes
    return Math.floor(Math.min(windowBytesMax, Math.max(least, this.wantedBytes)))
  }

  get pacingBytesPerSecond(): number | undefined {
    return undefined
  }

  onDatagramSize(datagramBytes: number): void {
    if (datagramBytes > 0) this.datagramBytes = datagramBytes
  }

  onAcked(_acked: AckedBytes): void {}
  onLost(_lost: LostBytes): void {}
  onHandshakeRtt(_rttMicros: Micros): void {}
  onSent(_now: Micros, _bytes: number): void {}
  onMarked(_marked: MarkedBytes): void {}
  onSpuriousLoss(_now: Micros): void {}
}

class FixedRate extends FixedWindow {
  readonly #bytesPerSecond: number
  // bytes that arrived and that were lost, the older the less they count
  #delivered = 0
  #lost = 0

  constructor(datagramBytes: number, bytesPerSecond: number) {
    super(datagramBytes, initialDatagrams * datagramBytes)
    this.#bytesPerSecond = bytesPerSecond
  }

  override get pacingBytesPerSecond(): number {
    const seen = this.#delivered + this.#lost
    const share = seen > 0 ? this.#delivered / seen : 1
    return this.#bytesPerSecond / Math.max(deliveredShareMin, share)
  }

  override onHandshakeRtt(rttMicros: Micros): void {
    this.#open(rttMicros)
  }

  override onAcked(acked: AckedBytes): void {
    this.#count(acked.bytes, 0)
    // a queue of our own making must not feed the window that made it: at most twice the empty path's round trip
    if (acked.isWindowLimited) this.#open(Math.min(acked.smoothedRttMicros, 2 * acked.minimumRttMicros))
  }

  override onLost(lost: LostBytes): void {
    this.#count(0, lost.bytes)
  }

  #open(rttMicros: Micros): void {
    if (!(rttMicros > 0) || !Number.isFinite(rttMicros)) return
    this.wantedBytes = (roundTripsInFlight * this.pacingBytesPerSecond * rttMicros) / second
  }

  #count(delivered: number, lost: number): void {
    if (!(delivered >= 0 && lost >= 0) || !Number.isFinite(delivered + lost)) return
    const memoryBytes = (this.#bytesPerSecond * shareMicros) / second
    const kept = Math.max(0, 1 - (delivered + lost) / memoryBytes)
    this.#delivered = this.#delivered * kept + delivered
    this.#lost = this.#lost * kept + lost
  }
}
