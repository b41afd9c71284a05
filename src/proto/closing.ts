// The CLOSE of this side and how often it is said: once, then for each doubling of the packets that still come.
// PROTOCOL.md §12-1.

import { Writer } from '../base/bytes.ts'
import * as closeFrame from '../wire/frames/close.ts'
import { reasonOf } from '../wire/text.ts'

export class Closing {
  readonly frames: Uint8Array
  /** It is to be sent now. */
  isDue = true
  #received = 0
  #answerAt = 1

  constructor(code: number, frameType: number, text: string) {
    const frame = { type: closeFrame.type, code, frameType, reason: reasonOf(text) } as const
    const w = new Writer(new Uint8Array(closeFrame.size(frame)))
    closeFrame.encode(w, frame)
    this.frames = w.written()
  }

  onReceived(packets: number): void {
    this.#received += packets
    if (this.#received < this.#answerAt) return
    while (this.#answerAt <= this.#received) this.#answerAt *= 2
    this.isDue = true
  }
}
