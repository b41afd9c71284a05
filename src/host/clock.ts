// The machine's clock as the core wants it: whole microseconds from an arbitrary start, never backwards.

import type { Micros } from '../base/units.ts'

export interface Clock {
  now(): Micros
}

export const systemClock: Clock = {
  now: () => Math.floor(performance.now() * 1000),
}
