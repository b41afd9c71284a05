// A set of 64-bit numbers that may be a million: sixteen bytes each and no object. Open addressing, doubled when it is half
// full. Knows nothing of what they number.

const slotsMin = 64
/** An odd number whose products are spread over the high bits: 2^64 divided by the golden ratio. */
const spread = 0x9e3779b97f4a7c15n

export class NumberSet {
  // 0 marks a free slot, so that each is kept as one more
  #slots = new BigUint64Array(slotsMin)
  #count = 0

  get count(): number {
    return this.#count
  }

  has(value: bigint): boolean {
    return this.#slots[this.#slotOf(this.#slots, kept(value))] !== 0n
  }

  add(value: bigint): void {
    if (2 * this.#count >= this.#slots.length) this.#widen()
    const slot = this.#slotOf(this.#slots, kept(value))
    if (this.#slots[slot] === 0n) this.#count++
    this.#slots[slot] = kept(value)
  }

  /** Where it is, or where it would be. */
  #slotOf(slots: BigUint64Array, value: bigint): number {
    const bits = 64 - Math.clz32(slots.length - 1)
    let slot = Number(BigInt.asUintN(64, value * spread) >> BigInt(32 + bits)) & (slots.length - 1)
    while (slots[slot] !== 0n && slots[slot] !== value) slot = (slot + 1) & (slots.length - 1)
    return slot
  }

  #widen(): void {
    const wider = new BigUint64Array(2 * this.#slots.length)
    for (const value of this.#slots) if (value !== 0n) wider[this.#slotOf(wider, value)] = value
    this.#slots = wider
  }
}

/** All but the greatest number there is, which stands for itself and 0 alike. */
const kept = (value: bigint): bigint => BigInt.asUintN(64, value + 1n) || 1n
