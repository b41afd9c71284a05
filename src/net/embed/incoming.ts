// A stream of the peer's as a stream of the Web. What has come waits here until it is read, and only then is credit given for
// it, so that the windows bound what waits. Knows the link's credit; not what the bytes are. PROTOCOL.md §8-6

import type { Piece } from './faces.ts'

/** What gives credit back, and what tells the peer that no more is wanted. */
export interface Taker {
  taken(item: Uint8Array | HeldSlab): void
  stop(code: number): void
}

/** Part of a literal stream in memory that is the link's. */
export interface HeldSlab {
  readonly offset: number
  readonly buffer: SharedArrayBuffer
  readonly lengthBytes: number
}

/** What a reader gets of it. */
type Shown<Item> = Item extends HeldSlab ? Piece : Item

export class Incoming<Item extends Uint8Array | HeldSlab> {
  readonly stream: ReadableStream<Shown<Item>>
  readonly #taker: Taker
  readonly #show: (item: Item) => Shown<Item>
  #items: Item[] = []
  #controller: ReadableStreamDefaultController<Shown<Item>> | undefined
  #isLast = false
  #isOver = false
  /** A reader waits. */
  #pulled: (() => void) | undefined

  /** @param show makes of what is held what the reader may keep */
  constructor(taker: Taker, show: (item: Item) => Shown<Item>) {
    this.#taker = taker
    this.#show = show
    this.stream = new ReadableStream<Shown<Item>>(
      {
        start: controller => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: reason => this.#cancel(reason),
      },
      // nothing is taken before somebody reads
      { highWaterMark: 0 },
    )
  }

  /** All of it has come. */
  get hasEnded(): boolean {
    return this.#isLast || this.#isOver
  }

  add(item: Item | undefined, isLast: boolean): void {
    if (this.#isOver) {
      if (item) this.#taker.taken(item)
      return
    }
    if (item) this.#items.push(item)
    this.#isLast ||= isLast
    this.#pulled?.()
  }

  /** Nothing more comes: what waits is dropped, and the reader hears why. */
  fail(fault: Error): void {
    if (this.#isOver) return
    this.#drop()
    this.#controller?.error(fault)
    this.#pulled?.()
  }

  #pull(): Promise<void> | undefined {
    if (this.#give()) return undefined
    return new Promise(resolve => {
      this.#pulled = () => {
        if (!this.#isOver && !this.#give()) return
        this.#pulled = undefined
        resolve()
      }
    })
  }

  /** True when the reader got something, or its end. */
  #give(): boolean {
    const item = this.#items.shift()
    if (item !== undefined) {
      this.#controller?.enqueue(this.#show(item))
      this.#taker.taken(item)
    }
    const isEnd = this.#isLast && this.#items.length === 0
    if (isEnd) {
      this.#isOver = true
      this.#controller?.close()
    }
    return item !== undefined || isEnd
  }

  #cancel(reason: unknown): void {
    if (!this.#isLast) this.#taker.stop(codeOf(reason))
    this.#drop()
    this.#pulled?.()
  }

  #drop(): void {
    this.#isOver = true
    for (const item of this.#items.splice(0)) this.#taker.taken(item)
  }
}

/** CANCELLED of PROTOCOL.md §17, where a program names no code of its own. */
const cancelled = 0x2a

/** The code that a program aborts or cancels a stream with. */
export const codeOf = (reason: unknown): number =>
  typeof reason === 'number' && Number.isSafeInteger(reason) && reason >= 0 ? reason : cancelled
