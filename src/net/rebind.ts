// A connected socket belongs to one address of ours. When that is gone, or no way leads from it any more, another socket
// takes its place, and the connection goes on from there. Opens and compares; knows no packet. PROTOCOL.md §4.2-6.

import type { Udp } from '../host/udp.ts'

export interface RebindOptions {
  /** A socket as the system would make it now: by the route it would take now. */
  readonly open: () => Promise<Udp>
  /** The one in use. */
  readonly current: () => Udp
  /** There is a way from `udp`: it is in use from now on where it is another one. */
  readonly onWay: (udp: Udp, isNewHost: boolean) => void
}

/** An interface comes back when it does: so long between looks, longer each time. */
const waitMillisMin = 50
const waitMillisMax = 1000

export class Rebind {
  readonly #options: RebindOptions
  #isLooking = false
  #isOver = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: RebindOptions) {
    this.#options = options
  }

  /** Something seems wrong with the way from here: ICMP or the kernel said so, or nobody answers. A hint may be forged. */
  onDoubt(): void {
    if (this.#isLooking || this.#isOver) return
    this.#isLooking = true
    void this.#look(waitMillisMin)
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  async #look(waitMillis: number): Promise<void> {
    const found = await this.#options.open().catch(() => undefined)
    if (found && !this.#isOver) {
      const { current, onWay } = this.#options
      const isNewHost = found.local.host !== current().local.host
      if (isNewHost) onWay(found, true)
      else {
        // the old one can do what the new one could
        onWay(current(), false)
        void found.close()
      }
      // not again at once, whoever sends hints
      this.#timer = setTimeout(() => {
        this.#isLooking = false
      }, waitMillisMax).unref()
      return
    }
    if (found) void found.close()
    if (this.#isOver) return
    const next = Math.min(2 * waitMillis, waitMillisMax)
    this.#timer = setTimeout(() => void this.#look(next), waitMillis)
  }
}
