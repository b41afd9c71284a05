// Until an address has proven itself, no more than three bytes go there for each that came. PROTOCOL.md §5-7.

import { limits } from './config.ts'

export class Amplification {
  receivedBytes = 0
  sentBytes = 0
  #isValidated: boolean

  /** @param isValidated the initiator chose the address itself */
  constructor(isValidated: boolean) {
    this.#isValidated = isValidated
  }

  get isValidated(): boolean {
    return this.#isValidated
  }

  onReceived(bytes: number): void {
    if (!this.#isValidated) this.receivedBytes += bytes
  }

  onSent(bytes: number): void {
    if (!this.#isValidated) this.sentBytes += bytes
  }

  onValidated(): void {
    this.#isValidated = true
  }

  /** Bytes that may go there now. */
  get roomBytes(): number {
    if (this.#isValidated) return Number.POSITIVE_INFINITY
    return limits.amplificationFactor * this.receivedBytes - this.sentBytes
  }
}
