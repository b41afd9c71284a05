// A hop of native sockets between two native ends on loopback, which hands on the ECN field of each datagram as it sees it in
// the IP header, or another one. So what is tested is the kernel's own way of telling and setting it.

import type { Udp, UdpHandlers } from '../../src/host/udp.ts'
import { openNativeUdp } from '../../src/host/udp_native.ts'
import type { Address } from '../../src/proto/address.ts'

/** The field a datagram goes on with; `count` numbers those that went the same way from 0. */
export type Marking = (ecn: number, count: number) => number

const loopback = { host: '127.0.0.1', port: 0 }

export class MarkingRelay {
  /** How many came towards the listener with each field. */
  readonly came = [0, 0, 0, 0]
  readonly #marking: Marking
  #client: Address | undefined
  #front!: Udp
  #back!: Udp
  #count = 0

  private constructor(marking: Marking) {
    this.#marking = marking
  }

  static async open(listener: Address, marking: Marking): Promise<MarkingRelay> {
    const relay = new MarkingRelay(marking)
    relay.#front = await openNativeUdp({ bind: loopback, handlers: handlers(() => relay.#forth()) })
    relay.#back = await openNativeUdp({ peer: listener, handlers: handlers(() => relay.#return()) })
    return relay
  }

  get address(): Address {
    return this.#front.local
  }

  async close(): Promise<void> {
    await Promise.all([this.#front.close(), this.#back.close()])
  }

  #forth(): void {
    this.#move(this.#front, this.#back, (ecn, datagrams) => {
      this.came[ecn] = (this.came[ecn] ?? 0) + datagrams
      return this.#marking(ecn, this.#count++)
    })
  }

  #return(): void {
    this.#move(this.#back, this.#front, ecn => ecn)
  }

  #move(from: Udp, to: Udp, field: (ecn: number, datagrams: number) => number): void {
    const isMore = from.receive(256, {
      datagrams() {},
      runs: (sender, runs) => {
        if (from === this.#front) this.#client = sender
        const target = from === this.#front ? this.#back.local : this.#client
        if (!target) return
        const outbox = to.outbox(target)
        for (const { bytes, segmentBytes, ecn = 0 } of runs)
          for (let at = 0; at < bytes.length; at += segmentBytes) {
            outbox.ecn = field(ecn, 1)
            outbox.push(bytes.subarray(at, at + segmentBytes))
          }
        outbox.flush()
      },
    })
    if (isMore) setImmediate(() => this.#move(from, to, field))
  }
}

function handlers(move: () => void): UdpHandlers {
  return { onReadable: () => void setImmediate(move), onDrain() {}, onHint() {} }
}
