// A box that spoils the ECN field: it takes marks off, sets others, or drops whatever has one.

import type { Micros } from '../../src/base/units.ts'
import { ecnFields } from '../../src/proto/path/ecn.ts'
import { ecnOf, mark } from '../marks.ts'
import type { Outlet } from '../node.ts'
import { Passage } from './passage.ts'

export class Bleach extends Passage {
  readonly name: string
  readonly #to: number | 'drop'

  constructor(to: number | 'drop') {
    super()
    this.name = `ecn: ${to}`
    this.#to = to
  }

  handleDatagram(_now: Micros, datagram: Uint8Array, next: Outlet): void {
    if (ecnOf(datagram) !== ecnFields.none) {
      this.touched++
      if (this.#to === 'drop') return
      mark(datagram, this.#to)
    }
    next.push(datagram)
  }
}
