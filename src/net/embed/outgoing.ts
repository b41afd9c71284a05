// A stream of ours as a stream of the Web: a write waits where the link says so, until it says go on. Knows the writers of a
// link and no connection. PROTOCOL.md §8

import type { LiteralOut, OutStream } from '../streams.ts'
import type { OutgoingStream } from './faces.ts'
import { codeOf } from './incoming.ts'

export class Outgoing implements OutgoingStream {
  readonly kind: 'ordered' | 'literal'
  readonly writable: WritableStream<Uint8Array>
  readonly #out: OutStream | LiteralOut
  readonly #onEnd: () => void
  #controller: WritableStreamDefaultController | undefined
  #drained: (() => void) | undefined
  #isOver = false

  /** @param onEnd nothing more is written to it */
  constructor(out: OutStream | LiteralOut, kind: 'ordered' | 'literal', onEnd: () => void) {
    this.#out = out
    this.kind = kind
    this.#onEnd = onEnd
    this.writable = new WritableStream<Uint8Array>({
      start: controller => {
        this.#controller = controller
      },
      write: chunk => this.#write(chunk),
      close: () => {
        this.#end()
        out.end()
      },
      abort: reason => {
        this.#end()
        out.reset(codeOf(reason))
      },
    })
  }

  get id(): number {
    return this.#out.stream
  }

  /** There is room again. */
  onDrain(): void {
    this.#drained?.()
  }

  /** Nothing that is written arrives any more. */
  fail(fault: Error): void {
    if (this.#isOver) return
    this.#end()
    this.#controller?.error(fault)
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream takes Uint8Arrays')
    if (this.#isOver || chunk.length === 0 || this.#out.write(chunk)) return undefined
    return new Promise(resolve => {
      this.#drained = () => {
        this.#drained = undefined
        resolve()
      }
    })
  }

  #end(): void {
    this.#isOver = true
    this.#drained?.()
    this.#onEnd()
  }
}
