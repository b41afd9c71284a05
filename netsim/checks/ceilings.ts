// What passes when the link itself sets no limit: sender, receiver and emulator share the machine's cores and run before
// all else, so this is the machine's figure as much as the emulator's.

import type { Check } from '../check_outcome.ts'
import { blast, stream } from '../traffic.ts'

const goalMegabits = 10_000
const seconds = 3

export const ceilings: readonly Check[] = [
  {
    name: 'ceiling, TCP cubic',
    link: {},
    async run(lab) {
      const { megabits } = await stream(lab.left, lab.right, seconds, 'cubic')
      return {
        isRight: megabits >= goalMegabits,
        figures: `${(megabits / 1000).toFixed(2)} Gbit/s, goal ${goalMegabits / 1000}`,
      }
    },
  },
  {
    name: 'ceiling, UDP, 40 to a super-packet',
    link: {},
    async run(lab) {
      const { sent, seen } = await blast(lab.left, lab.right, {
        packets: 4_000_000,
        bytes: 1400,
        segments: 40,
      })
      const { forth } = await lab.counters()
      const gigabits = (forth.packetsDelivered * 1400 * 8) / 1e9 / sent.seconds
      const read = ((100 * seen.packets) / sent.sent).toFixed(0)
      return {
        isRight: gigabits >= goalMegabits / 1000,
        figures: `${gigabits.toFixed(2)} Gbit/s through the link, goal ${goalMegabits / 1000}; the sink read ${read} %`,
      }
    },
  },
]
