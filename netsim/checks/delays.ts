// The delay of an empty link, by round trips one at a time. What the emulator and both hosts add must stay below 0.3 ms
// of a round trip.

import type { Check } from '../check_outcome.ts'
import { ping } from '../traffic.ts'

const excessMicrosMax = 300
const pings = 200
/** In an earnest run the emulator is this late at most one time in a hundred. */
const latenessMicrosMax = 150

export const delays: readonly Check[] = [0, 0.2, 5, 40].map(millis => ({
  name: `delay ${millis} ms each way`,
  link: { delayMillis: millis },
  async run(lab) {
    const { answered, micros } = await ping(lab.left, lab.right, pings, 2000)
    const excess = micros.p50 - 2000 * millis
    const { forth, back } = await lab.counters()
    const late = Math.max(forth.latenessMicros.p99, back.latenessMicros.p99)
    return {
      isRight: answered === pings && excess >= 0 && excess <= excessMicrosMax,
      figures: `median ${(micros.p50 / 1000).toFixed(3)} ms, wanted ${2 * millis} to ${2 * millis + 0.3}`,
      noise: excess >= 0 && late > latenessMicrosMax ? `${late} µs late one time in a hundred` : undefined,
    }
  },
}))
