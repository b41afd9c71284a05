// Cuts the control stream into messages, however its bytes arrive. PROTOCOL.md §15.1.
//
// Holds at most one unfinished message, and grows with what has come, not with what was announced. Knows nothing of
// order or meaning.

import { readU32 } from '../base/bytes.ts'
import { isViolation, type Violation } from './codes.ts'
import { messageBytesMax } from './limits.ts'
import { decodeMessage, lengthBytes, type Message } from './message.ts'

const firstBytes = 1024

export class MessageReader {
  #partial = new Uint8Array(firstBytes)
  #held = 0
  #violation: Violation | undefined

  /** Bytes of the message that is not whole yet. */
  get heldBytes(): number {
    return this.#held
  }

  /** Memory set aside for it. */
  get capacityBytes(): number {
    return this.#partial.length
  }

  /**
   * Takes the next bytes of the stream and hands over each message they complete. What `handle` returns, or the
   * reader's own verdict, ends the stream: it is returned now and on every later call.
   */
  read(bytes: Uint8Array, handle: (message: Message) => Violation | undefined): Violation | undefined {
    let at = 0
    while (this.#violation === undefined && at < bytes.length) {
      if (this.#held < lengthBytes) {
        at += this.#take(bytes, at, lengthBytes - this.#held)
        if (this.#held === lengthBytes) this.#violation = this.#judgeLength()
      } else {
        const whole = lengthBytes + readU32(this.#partial, 0)
        at += this.#take(bytes, at, whole - this.#held)
        if (this.#held === whole) this.#violation = this.#finish(handle)
      }
    }
    return this.#violation
  }

  #judgeLength(): Violation | undefined {
    const length = readU32(this.#partial, 0)
    if (length > 0 && length <= messageBytesMax) return undefined
    return { code: 'MESSAGE_ERROR', frameType: 0, reason: `a message of ${length} bytes` } // §15.1-2
  }

  #take(bytes: Uint8Array, at: number, wanted: number): number {
    const taken = Math.min(wanted, bytes.length - at)
    const needed = this.#held + taken
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#partial.length))
      grown.set(this.#partial.subarray(0, this.#held))
      this.#partial = grown
    }
    this.#partial.set(bytes.subarray(at, at + taken), this.#held)
    this.#held = needed
    return taken
  }

  #finish(handle: (message: Message) => Violation | undefined): Violation | undefined {
    const message = decodeMessage(this.#partial.subarray(lengthBytes, this.#held))
    this.#held = 0
    if (this.#partial.length > firstBytes) this.#partial = new Uint8Array(firstBytes)
    return isViolation(message) ? message : handle(message)
  }
}
