// Where the peer is: the address that is proven and used, those its newest packets came from and that must still prove
// themselves, and the answers we owe to such questions of the peer's. Decides; seals and sends nothing, and knows no
// congestion. Every list a peer can grow has a bound. PROTOCOL.md §4.2, §7.12, §7.13.

import { equal } from '../../base/bytes.ts'
import { type Micros, never, second } from '../../base/units.ts'
import { pathDataBytes } from '../../wire/limits.ts'
import { type Address, isSameAddress } from '../address.ts'
import { limits } from '../config.ts'
import { framesOverheadBytes } from '../plane/plane.ts'

/** A challenge or an answer as a packet of its own. */
export const pathPacketBytes: number = framesOverheadBytes + 1 + pathDataBytes

/** Challenges that one address gets, each after twice the wait. §4.2-1 */
const challengesMax = 3

/** What an answer may take at least: nothing is known of the new way, and the one before may have been short. §4.2-4 */
const proofMicros: Micros = 3 * second

interface Candidate {
  readonly address: Address
  readonly data: Uint8Array
  readonly firstMicros: Micros
  /** Challenges that went, and those whose time had come. */
  challenges: number
  tries: number
  isDue: boolean
  deadline: Micros
  isProven: boolean
  receivedBytes: number
  sentBytes: number
}

interface Answer {
  readonly address: Address
  readonly data: Uint8Array
}

/** One packet that goes elsewhere than all others, or there on its own. */
export interface Aside {
  readonly kind: 'challenge' | 'response'
  readonly address: Address
  readonly data: Uint8Array
}

/** The peer is at another address than before. */
export interface Move {
  readonly isNewHost: boolean
  /** What the challenge took, where only one was sent. */
  readonly rttMicros: Micros | undefined
}

export class Whereabouts {
  #current: Address | undefined
  // where the largest number came from, and which that was
  #newest: Address | undefined
  #largest = -1
  readonly #random: (bytes: number) => Uint8Array
  readonly #candidates: Candidate[] = []
  readonly #answers: Answer[] = []
  #probeTimeoutMicros: Micros = 0

  /** @param address undefined: the first one must prove itself like any other */
  constructor(address: Address | undefined, random: (bytes: number) => Uint8Array) {
    this.#current = address
    this.#newest = address
    this.#random = random
  }

  get current(): Address | undefined {
    return this.#current
  }

  /** Addresses under proof. */
  get candidates(): number {
    return this.#candidates.length
  }

  /** What is to be sent next on its own, if anything. */
  get aside(): Aside | undefined {
    const answer = this.#answers[0]
    if (answer) return { kind: 'response', ...answer }
    const due = this.#candidates.find(candidate => candidate.isDue)
    return due && { kind: 'challenge', address: due.address, data: due.data }
  }

  /** When a challenge goes again, or an address is forgotten. */
  get deadline(): Micros {
    let earliest: Micros = never
    for (const { deadline } of this.#candidates) if (deadline < earliest) earliest = deadline
    return earliest
  }

  /** Packets up to `packetNumber` opened, and this is what they held at least. Says when the peer has moved by that. */
  onOpened(
    now: Micros,
    from: Address,
    packetNumber: number,
    bytes: number,
    probeTimeoutMicros: Micros,
  ): Move | undefined {
    const isNewest = packetNumber > this.#largest
    if (isNewest) this.#largest = packetNumber
    const current = this.#current
    if (current && (from === current || isSameAddress(from, current))) {
      if (isNewest) this.#newest = current
      return undefined
    }
    const known = this.#find(from)
    if (known) known.receivedBytes += bytes
    if (!isNewest) return undefined
    const candidate = known ?? this.#add(now, from, bytes, probeTimeoutMicros)
    this.#newest = candidate.address
    return candidate.isProven ? this.#move(candidate, undefined) : undefined
  }

  /** §7.12-2 */
  onChallenge(from: Address, data: Uint8Array): void {
    if (this.#answers.length >= limits.pathAnswers) return
    const current = this.#current
    const address = current && isSameAddress(from, current) ? current : from
    this.#answers.push({ address, data: data.slice() })
  }

  /** Says when the peer has moved by that. */
  onResponse(now: Micros, from: Address, data: Uint8Array): Move | undefined {
    const candidate = this.#find(from)
    if (!candidate || candidate.challenges === 0 || !equal(candidate.data, data)) return undefined // §7.13-1
    candidate.isProven = true
    candidate.isDue = false
    if (!this.#newest || !isSameAddress(candidate.address, this.#newest)) return undefined // §4.2-2
    return this.#move(candidate, candidate.challenges === 1 ? now - candidate.firstMicros : undefined)
  }

  /** What `aside` said has gone, or cannot go. */
  onAsideSent(): void {
    if (this.#answers.shift()) return
    const due = this.#candidates.find(candidate => candidate.isDue)
    if (!due) return
    due.isDue = false
    due.challenges++
    due.sentBytes += pathPacketBytes
  }

  onTimeout(now: Micros): void {
    for (const candidate of [...this.#candidates]) {
      if (now < candidate.deadline) continue
      if (candidate.tries >= challengesMax || candidate.isProven) this.#forget(candidate)
      else this.#challenge(now, candidate)
    }
  }

  #find(address: Address): Candidate | undefined {
    return this.#candidates.find(candidate => isSameAddress(candidate.address, address))
  }

  #add(now: Micros, address: Address, bytes: number, probeTimeoutMicros: Micros): Candidate {
    const candidate: Candidate = {
      address,
      data: this.#random(pathDataBytes), // §7.12-1
      firstMicros: now,
      challenges: 0,
      tries: 0,
      isDue: false,
      deadline: never,
      isProven: false,
      receivedBytes: bytes,
      sentBytes: 0,
    }
    this.#probeTimeoutMicros = probeTimeoutMicros
    // the newest packet says where the peer is now: the oldest guess goes. §4.2-4
    if (this.#candidates.length >= limits.pathCandidates) this.#candidates.shift()
    this.#candidates.push(candidate)
    this.#challenge(now, candidate)
    return candidate
  }

  #challenge(now: Micros, candidate: Candidate): void {
    const { receivedBytes, sentBytes } = candidate
    // what may not go now is left out, not owed: the next one comes by the same clock. §4.2-3
    candidate.isDue = sentBytes + pathPacketBytes <= limits.amplificationFactor * receivedBytes
    candidate.deadline = now + this.#probeTimeoutMicros * 2 ** candidate.tries++
    if (candidate.tries === challengesMax)
      candidate.deadline = Math.max(candidate.deadline, candidate.firstMicros + proofMicros)
  }

  #move(candidate: Candidate, rttMicros: Micros | undefined): Move {
    const { host, local } = candidate.address
    const isNewHost = host !== this.#current?.host || local !== this.#current.local // §4.2-7
    this.#forget(candidate)
    this.#current = candidate.address
    return { isNewHost, rttMicros }
  }

  #forget(candidate: Candidate): void {
    this.#candidates.splice(this.#candidates.indexOf(candidate), 1)
  }
}
