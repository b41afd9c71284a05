// The key phases of one connection: when to go on to the next, which receive keys still stand, how many packets a
// phase has left. Knows secrets and counts; sealing is the plane's. PROTOCOL.md §6.5.

import { type Micros, never } from '../base/units.ts'
import { forgeriesMax, packetsPerPhaseMax } from '../crypto/limits.ts'
import { packetNumberMax } from '../crypto/packet_number.ts'
import type { Primitives } from '../crypto/primitives.ts'
import { nextSecret, packetKeys } from '../crypto/schedule.ts'
import type { Suite } from '../crypto/suites.ts'
import type { PhaseKeys, Plane } from './plane/plane.ts'

/** Receive keys of the phase before stay for late packets, in probe time-outs. §6.5-3 */
const retireProbeTimeouts = 3

/** A path, as far as keys are concerned. */
export interface Numbered {
  readonly nextNumber: number
  readonly largestAcked: number
  /** It carries, and not all of it has come: some may be of the phase before. */
  readonly isUnderWay: boolean
}

export class Keys {
  readonly suite: Suite
  readonly #primitives: Primitives
  readonly #plane: Plane
  readonly #packetsPerPhase: number
  #sendSecret: Uint8Array
  #receiveSecret: Uint8Array
  #sendPhase = 0
  #receivePhase = 0
  readonly #paths: readonly Numbered[]
  // by path, the first number sealed in this phase: its acknowledgement confirms the phase. §4.3-6
  #firstNumbers: readonly number[] = []
  #sealed = 0
  #hasAcked = false
  #forged = 0
  #retireAt: Micros = never

  constructor(
    primitives: Primitives,
    suite: Suite,
    plane: Plane,
    secrets: { readonly send: Uint8Array; readonly receive: Uint8Array },
    packetsPerPhase: number,
    paths: readonly Numbered[],
  ) {
    this.suite = suite
    this.#primitives = primitives
    this.#plane = plane
    this.#packetsPerPhase = packetsPerPhase
    this.#paths = paths
    this.#sendSecret = secrets.send
    this.#receiveSecret = secrets.receive
    plane.useSendKeys(0, this.#keysOf(secrets.send))
    plane.addReceiveKeys(0, this.#keysOf(secrets.receive))
    this.#expectNextPhase()
  }

  get phase(): number {
    return this.#sendPhase
  }

  /** When the former receive keys go. */
  get retireDeadline(): Micros {
    return this.#retireAt
  }

  /** Too many forgeries, or no number may be sealed any more. §6.5-4, §6.4-4 */
  get isExhausted(): boolean {
    if (this.#forged >= forgeriesMax) return true
    for (const { nextNumber } of this.#paths)
      if (nextNumber > packetNumberMax - packetsPerPhaseMax) return true
    return false
  }

  maySeal(): boolean {
    return !this.isExhausted && this.packetsLeft() > 0
  }

  /** Packets that may be sealed now; starts the next phase when this one is used up. A train never crosses it. */
  packetsLeft(): number {
    const isConfirmed = this.#isConfirmed
    if (this.#sealed >= this.#packetsPerPhase && isConfirmed) this.#update()
    const most = this.#isConfirmed ? this.#packetsPerPhase : packetsPerPhaseMax
    return most - this.#sealed
  }

  // A slow path must not be left two phases behind, for those share their bit. §4.3-6
  get #isConfirmed(): boolean {
    if (!this.#hasAcked) return false
    return this.#paths.every(
      ({ isUnderWay, largestAcked }, path) => !isUnderWay || largestAcked >= (this.#firstNumbers[path] ?? 0),
    )
  }

  onSealed(packets: number): void {
    this.#sealed += packets
  }

  onAcked(path: number, largestAcked: number): void {
    if (largestAcked >= (this.#firstNumbers[path] ?? 0)) this.#hasAcked = true // §6.5-2
  }

  onForged(): void {
    this.#forged++
  }

  /** A packet opened in `phase`: when it is the next one, we follow. §6.5-3 */
  onOpened(now: Micros, phase: number, probeTimeoutMicros: Micros): void {
    if (phase <= this.#receivePhase) return
    if (this.#retireAt !== never) this.#plane.forgetReceiveKeys(this.#receivePhase - 1)
    this.#receivePhase = phase
    this.#retireAt = now + retireProbeTimeouts * probeTimeoutMicros
    this.#expectNextPhase()
    if (this.#sendPhase < phase) this.#update()
  }

  onTimeout(now: Micros): void {
    if (now < this.#retireAt) return
    this.#plane.forgetReceiveKeys(this.#receivePhase - 1)
    this.#retireAt = never
  }

  wipe(): void {
    this.#sendSecret.fill(0)
    this.#receiveSecret.fill(0)
  }

  #update(): void {
    const former = this.#sendSecret
    this.#sendSecret = nextSecret(this.#primitives, former)
    former.fill(0)
    this.#sendPhase++
    this.#plane.useSendKeys(this.#sendPhase, this.#keysOf(this.#sendSecret))
    this.#firstNumbers = this.#paths.map(({ nextNumber }) => nextNumber)
    this.#sealed = 0
    this.#hasAcked = false
  }

  // The plane holds the keys of the phase that may come, so that a packet can prove it.
  #expectNextPhase(): void {
    const former = this.#receiveSecret
    this.#receiveSecret = nextSecret(this.#primitives, former)
    former.fill(0)
    this.#plane.addReceiveKeys(this.#receivePhase + 1, this.#keysOf(this.#receiveSecret))
  }

  #keysOf(secret: Uint8Array): PhaseKeys {
    const { key, iv } = packetKeys(this.#primitives, this.suite, secret)
    return { suite: this.suite.id, key, iv }
  }
}
