// Lost packets against the binomial interval that holds 99 of 100 runs; of losses in bursts, which hang together, the
// variance is (2 - leave) / leave times that. Packets come alone, and as super-packets.

import type { Check } from '../check_outcome.ts'
import { blast } from '../traffic.ts'

/** Standard deviations to either side of 99 of 100. */
const deviations = 2.576
const packets = 200_000
const burst = { enterPercent: 0.773, leavePercent: 25 }

const interval = (share: number, widening = 1): number =>
  deviations * Math.sqrt(widening * packets * share * (1 - share))

const random = (percent: number, segments: number): Check => ({
  name: `loss ${percent} %${segments > 1 ? `, ${segments} to a super-packet` : ''}`,
  link: { lossPercent: percent },
  async run(lab) {
    const { seen } = await blast(lab.left, lab.right, { packets, bytes: 1000, segments, megabits: 400 })
    const { forth } = await lab.counters()
    const wanted = (packets * percent) / 100
    const spread = interval(percent / 100)
    // what the socket could not hold is no loss of the link
    const isWhole = seen.packets === forth.packetsDelivered && forth.packetsIn === packets
    return {
      isRight: isWhole && Math.abs(forth.lostRandom - wanted) <= spread,
      figures: `${forth.lostRandom} of ${packets}, wanted ${wanted} ± ${spread.toFixed(0)}; the sink missed ${packets - seen.packets}`,
      noise: isWhole ? undefined : 'packets were lost outside of the link',
      isCount: true,
    }
  },
})

const inBursts = (segments: number): Check => ({
  name: `loss in bursts${segments > 1 ? `, ${segments} to a super-packet` : ''}`,
  link: { burst },
  async run(lab) {
    const { seen } = await blast(lab.left, lab.right, { packets, bytes: 1000, segments, megabits: 400 })
    const { forth } = await lab.counters()
    const { enterPercent, leavePercent } = burst
    const share = enterPercent / (enterPercent + leavePercent)
    const spread = interval(share, (200 - leavePercent) / leavePercent)
    const isWhole = seen.packets === forth.packetsDelivered && forth.packetsIn === packets
    return {
      isRight: isWhole && Math.abs(forth.lostBurst - packets * share) <= spread,
      figures: `${forth.lostBurst} of ${packets}, wanted ${(packets * share).toFixed(0)} ± ${spread.toFixed(0)}`,
      noise: isWhole ? undefined : 'packets were lost outside of the link',
      isCount: true,
    }
  },
})

export const losses: readonly Check[] = [
  ...[0.1, 1, 5].flatMap(percent => [random(percent, 1), random(percent, 40)]),
  inBursts(1),
  inBursts(40),
]
