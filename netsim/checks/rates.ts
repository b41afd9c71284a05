// The rate of a link that is sent too much: datagrams at 1.3 times what it carries, and TCP that fills it. Both within 1 %
// of what its framing leaves of the rate.

import type { Check } from '../check_outcome.ts'
import { defaultMtuBytes, framingBytes } from '../profiles.ts'
import { blast, stream } from '../traffic.ts'

const tolerance = 0.01
const wireBytes = defaultMtuBytes + framingBytes
/** Behind the headers of IPv4 and UDP; of IPv4 and TCP with its timestamps. */
const udpPayloadBytes = 1472
const tcpPayloadBytes = 1448
const overload = 1.3
const seconds = 3

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
    const { sent, seen } = await blast(lab.left, lab.right, train)
    const got = (seen.bytes * 8) / 1e6 / seen.seconds
    // a sender that was held up did not fill the link
    const isFed = sent.seconds < seconds * 1.1 && seen.packets < packets * 0.9
    return {
      isRight: isClose(got, wanted),
      figures: `${got.toFixed(2)} Mbit/s, wanted ${wanted.toFixed(2)}`,
      noise: isFed ? undefined : `the sender took ${sent.seconds.toFixed(1)} s`,
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
    }
  },
})

export const rates: readonly Check[] = [20, 100, 1000].flatMap(megabits => [
  byDatagrams(megabits),
  byTcp(megabits),
])
