// The rate of a link that is sent too much: datagrams at 1.3 times what it carries, and TCP that fills it. Both within 1 %
// of what its framing leaves of the rate.

import type { Check } from '../check_outcome.ts'
import type { LabCounters } from '../lab.ts'
import { defaultMtuBytes, framingBytes } from '../profiles.ts'
import { blast, stream } from '../traffic.ts'

const tolerance = 0.01
const wireBytes = defaultMtuBytes + framingBytes
/** Behind the headers of IPv4 and UDP; of IPv4 and TCP with its timestamps. */
const udpPayloadBytes = 1472
const tcpPayloadBytes = 1448
const overload = 1.3
const seconds = 3

/** A link that had nothing to send for a while cannot show its rate. The emulator reads late, or the sender sends late. */
function unfed({ forth }: LabCounters, secondsOfIt: number): string | undefined {
  const idle = forth.idleMicros / 1e6 / secondsOfIt
  return idle > tolerance / 2
    ? `it had nothing to send for ${(100 * idle).toFixed(1)} % of the time`
    : undefined
}

const isClose = (got: number, wanted: number): boolean => Math.abs(got / wanted - 1) <= tolerance

const byDatagrams = (megabits: number): Check => ({
  name: `rate ${megabits} Mbit/s, UDP at ${overload} times`,
  // a queue of 50 ms: the sink counts from its first packet to its last
  link: { rateMegabits: megabits, queueBytes: megabits * 6250 },
  async run(lab) {
    const wanted = (megabits * udpPayloadBytes) / wireBytes
    const packets = Math.round((overload * seconds * megabits * 1e6) / (8 * wireBytes))
    const train = {
      packets,
      bytes: udpPayloadBytes,
      segments: megabits > 500 ? 8 : 1,
      megabits: overload * wanted,
    }
    const { seen } = await blast(lab.left, lab.right, train)
    const got = (seen.bytes * 8) / 1e6 / seen.seconds
    return {
      isRight: isClose(got, wanted),
      figures: `${got.toFixed(2)} Mbit/s, wanted ${wanted.toFixed(2)}`,
      noise: unfed(await lab.counters(), seen.seconds),
    }
  },
})

const byTcp = (megabits: number): Check => ({
  name: `rate ${megabits} Mbit/s, TCP cubic`,
  link: { rateMegabits: megabits, delayMillis: 1, queueBytes: Math.max(65_536, megabits * 2500) },
  async run(lab) {
    const wanted = (megabits * tcpPayloadBytes) / wireBytes
    const got = (await stream(lab.left, lab.right, 2 * seconds, 'cubic')).megabits
    return {
      isRight: isClose(got, wanted),
      figures: `${got.toFixed(2)} Mbit/s, wanted ${wanted.toFixed(2)}`,
      noise: unfed(await lab.counters(), 2 * seconds),
    }
  },
})

export const rates: readonly Check[] = [20, 100, 1000].flatMap(megabits => [
  byDatagrams(megabits),
  byTcp(megabits),
])
