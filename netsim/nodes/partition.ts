// A cut cable: during each window of time nothing passes. Both directions of a path need one each.

import type { Micros } from '../../src/base/units.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export interface Window {
  readonly fromMicros: Micros
  readonly toMicros: Micros
}

export class Partition extends Passage {
  readonly name = 'partition'
  readonly #windows: readonly Window[]

  constructor(windows: readonly Window[]) {
    super()
    this.#windows = windows
  }

  handleDatagram(now: Micros, datagram: Uint8Array, next: Outlet): void {
    for (const { fromMicros, toMicros } of this.#windows) {
      if (now >= fromMicros && now < toMicros) {
        this.touched++
        return
      }
    }
    next.push(datagram)
  }
}
