// Who is let in to have an INIT opened, which costs some X25519: anybody while there are few, under load those who
// showed that they are where they say. Keeps nothing of those it sends away. PROTOCOL.md §5-10, §5-16 to §5-21.

import type { Micros } from '../base/units.ts'
import { Cookies } from '../crypto/cookie.ts'
import { type Address, addressBytes, networkOf } from './address.ts'
import { limits } from './config.ts'
import type { HalfOpen } from './half_open.ts'
import { Ration } from './ration.ts'

/** 'cookie': it may come again with one. `network`: whose good cookie it was, if there was one. */
export type Verdict =
  | { readonly kind: 'enter'; readonly network: string | undefined }
  | { readonly kind: 'cookie' | 'drop' }

/** What it takes to turn strangers away in our place while we are under load: who says INIT and has no good cookie. §5-16 */
export interface Gate {
  /** Of cookies, one behind the other: the key that makes them, then the one before it, if that is good still. */
  readonly cookieKeys: Uint8Array
  /** As Inits has them: who may be among them is let through. */
  readonly known: Uint16Array
  /** How many may be sent a cookie at this moment. */
  readonly answersLeft: number
}

const enter: Verdict = { kind: 'enter', network: undefined }
const askCookie: Verdict = { kind: 'cookie' }
const drop: Verdict = { kind: 'drop' }

export class Door {
  readonly #cookies: Cookies
  readonly #halfOpen: HalfOpen
  readonly #unproven = new Ration(limits.unprovenInitsPerSecond)
  // of networks that showed a good cookie; the one that came last is last
  readonly #proven = new Map<string, Ration>()

  constructor(random: (bytes: number) => Uint8Array, halfOpen: HalfOpen) {
    this.#cookies = new Cookies(random)
    this.#halfOpen = halfOpen
  }

  /** §5-16 */
  isUnderLoad(now: Micros): boolean {
    return this.#halfOpen.count >= limits.halfOpenUnproven || !this.#unproven.has(now)
  }

  /** Under load: who has no cookie, or no good one, is sent for one before anything else is looked at. */
  turnsAway(now: Micros, address: Address, cookie: Uint8Array | undefined): boolean {
    if (!this.isUnderLoad(now)) return false
    return !cookie || !this.#cookies.isGood(now, addressBytes(address), cookie)
  }

  judge(now: Micros, address: Address, cookie: Uint8Array | undefined): Verdict {
    const { count } = this.#halfOpen
    if (count < limits.halfOpenUnproven && this.#unproven.take(now)) return enter // §5-20
    if (!cookie || !this.#cookies.isGood(now, addressBytes(address), cookie)) return askCookie
    const network = networkOf(address.host)
    const isFull =
      count >= limits.halfOpenConnections || this.#halfOpen.countOf(network) >= limits.halfOpenOfNetwork
    return !isFull && this.#rationOf(network).take(now) ? { kind: 'enter', network } : drop
  }

  cookieKeys(now: Micros): Uint8Array {
    return this.#cookies.keys(now)
  }

  cookieFor(now: Micros, address: Address): Uint8Array {
    return this.#cookies.make(now, addressBytes(address))
  }

  #rationOf(network: string): Ration {
    const ration = this.#proven.get(network) ?? new Ration(limits.provenInitsPerSecond)
    this.#proven.delete(network)
    this.#proven.set(network, ration)
    if (this.#proven.size > limits.networksRemembered) {
      const [oldest] = this.#proven.keys()
      if (oldest !== undefined) this.#proven.delete(oldest)
    }
    return ration
  }
}
