// A queue of fixed capacity. Full is an answer, not an error: whoever fills it decides what to drop.

export class Ring<T> {
  readonly #slots: (T | undefined)[]
  #head = 0
  #length = 0

  constructor(capacity: number) {
    this.#slots = new Array<T | undefined>(capacity).fill(undefined)
  }

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#slots.length
  }

  /** false when full: the value was not taken. */
  push(value: T): boolean {
    if (this.#length === this.#slots.length) return false
    this.#slots[(this.#head + this.#length) % this.#slots.length] = value
    this.#length++
    return true
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const value = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) % this.#slots.length
    this.#length--
    return value
  }

  /** The value `index` places behind the head. */
  peek(index = 0): T | undefined {
    return index < this.#length ? this.#slots[(this.#head + index) % this.#slots.length] : undefined
  }
}
