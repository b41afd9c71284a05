// What goes out in one turn of the loop, gathered for one call of whoever sends it. Knows no socket.

import type { UdpOutbox } from './udp.ts'

/** The memory of what is pushed belongs to the sender from then on. */
export class TurnOutbox implements UdpOutbox {
  readonly #send: (datagrams: readonly Uint8Array[]) => void
  readonly #datagrams: Uint8Array[] = []

  constructor(send: (datagrams: readonly Uint8Array[]) => void) {
    this.#send = send
  }

  push(datagram: Uint8Array): void {
    this.#datagrams.push(datagram)
  }

  flush(): number {
    const count = this.#datagrams.length
    if (count > 0) this.#send(this.#datagrams)
    this.#datagrams.length = 0
    return count
  }
}
