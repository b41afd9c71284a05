// Payload memory that is none: what is read is painted, what is written is checked and noted. Catches a core that
// reads what was not written yet, or what it has said it will not read again.

import { assert } from '../src/base/assert.ts'
import type { Payloads } from '../src/proto/plane/plane.ts'
import type { Ledger } from './ledger.ts'
import { paint } from './painting.ts'
import { paintOf, type Role } from './script.ts'

export class SimPayloads implements Payloads {
  readonly #role: Role
  readonly #ledger: Ledger
  readonly #producedBytes = new Map<number, number>()
  readonly #ackedBytes = new Map<number, number>()

  constructor(role: Role, ledger: Ledger) {
    this.#role = role
    this.#ledger = ledger
  }

  get ledger(): Ledger {
    return this.#ledger
  }

  onProduced(stream: number, lengthBytes: number): void {
    this.#producedBytes.set(stream, lengthBytes)
  }

  ackedBytes(stream: number): number {
    return this.#ackedBytes.get(stream) ?? 0
  }

  onAcked(stream: number, upTo: number): void {
    assert(upTo >= this.ackedBytes(stream), `acknowledgement of stream ${stream} went back to ${upTo}`)
    assert(upTo <= (this.#producedBytes.get(stream) ?? 0), `stream ${stream} acknowledged past its end`)
    this.#ackedBytes.set(stream, upTo)
  }

  read(stream: number, offset: number, target: Uint8Array): void {
    const end = offset + target.length
    assert(
      end <= (this.#producedBytes.get(stream) ?? 0),
      `read to ${end} of stream ${stream}: not written yet`,
    )
    assert(offset >= this.ackedBytes(stream), `read from ${offset} of stream ${stream}: acknowledged before`)
    paint(paintOf(this.#role, stream), offset, target)
  }

  write(stream: number, offset: number, bytes: Uint8Array): void {
    this.#ledger.onStored(stream, offset, bytes)
  }
}
