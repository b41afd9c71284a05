// What a connection tells its owner, in order, by pollEvent; and why connections end. Plain values: nothing here
// refers back into the core. Knows no wire format. PROTOCOL.md §5, §8, §12.

import type { PatternName } from '../crypto/noise_patterns.ts'

export type CloseReason =
  /** We said CLOSE, or the peer did: `code` is of PROTOCOL.md §17, `text` is for people and untrusted. */
  | { readonly by: 'local' | 'peer'; readonly code: number; readonly text: string }
  /** Nothing was heard for the idle time-out. §12-3 */
  | { readonly by: 'idle' }
  /** What carried it is gone, and nothing can come any more. §4.1-3 */
  | { readonly by: 'carrier' }
  /** The handshake took longer than it may: silence, or answers that do not open. §12-5 */
  | { readonly by: 'handshake_timeout' }
  /** The peer speaks other versions only. */
  | { readonly by: 'version'; readonly versions: readonly number[] }
  /** The peer proved another key than the pinned one; the 'peer' event before this one has it. §5-4 */
  | { readonly by: 'key_changed' }

export type ConnectionEvent =
  /** The peer's static key is proven. A responder's owner answers with acceptPeer or refusePeer. */
  | { readonly kind: 'peer'; readonly remoteStatic: Uint8Array; readonly pattern: PatternName }
  | { readonly kind: 'established'; readonly suite: number; readonly datagramBytes: number }
  /** Responder: what arrived is no replay; from now on it may have effects. §5-6 */
  | { readonly kind: 'confirmed' }
  /** The stream's next bytes, each once; the owner keeps them and says consumeOrdered when they are done with. */
  | {
      readonly kind: 'ordered'
      readonly stream: number
      readonly bytes: Uint8Array
      readonly isLast: boolean
    }
  /** Bytes that are new and lie in the payloads now; any order, each byte once. */
  | { readonly kind: 'literal'; readonly stream: number; readonly start: number; readonly end: number }
  /** Every byte of the literal stream is there. */
  | { readonly kind: 'literal_end'; readonly stream: number; readonly lengthBytes: number }
  /** Payload below `upTo` will not be read again. */
  | { readonly kind: 'acked'; readonly stream: number; readonly upTo: number }
  /** What is buffered of an ordered stream fell below the low mark, after it had been above the high one. */
  | { readonly kind: 'writable'; readonly stream: number }
  | { readonly kind: 'reset'; readonly stream: number; readonly code: number }
  | { readonly kind: 'stopped'; readonly stream: number; readonly code: number }
  /** Three probe time-outs in a row: the way from here may be broken. */
  | { readonly kind: 'unanswered'; readonly path: number }
  /** The last event of a connection. */
  | { readonly kind: 'closed'; readonly reason: CloseReason }

/**
 * Events until the owner takes them. It holds what one input brings, and neighbours of one literal stream become one
 * event, so that its length follows the input's. The owner drains it after every input.
 */
export class EventQueue {
  #events: ConnectionEvent[] = []
  #head = 0

  push(event: ConnectionEvent): void {
    this.#events.push(event)
  }

  pushLiteral(stream: number, start: number, end: number): void {
    const last = this.#events.length > this.#head ? this.#events[this.#events.length - 1] : undefined
    if (last?.kind === 'literal' && last.stream === stream && last.end === start)
      this.#events[this.#events.length - 1] = { kind: 'literal', stream, start: last.start, end }
    else this.#events.push({ kind: 'literal', stream, start, end })
  }

  shift(): ConnectionEvent | undefined {
    const event = this.#events[this.#head]
    if (event === undefined) return undefined
    this.#head++
    if (this.#head === this.#events.length) {
      this.#events = []
      this.#head = 0
    }
    return event
  }
}
