// What carries a connection's packets, and what a user may ask for. PROTOCOL.md §4.1

import type { UdpStats } from '../host/udp.ts'

export const carriers = ['udp', 'tcp'] as const

/** What carries a connection: UDP, or one TCP connection where UDP does not get through. */
export type Carrier = (typeof carriers)[number]

/** `auto`: UDP, and TCP where UDP gets no answer; of a listener, both. */
export const transports = ['auto', ...carriers] as const
export type Transport = (typeof transports)[number]

export const carrierOf = ({ sendPath }: Pick<UdpStats, 'sendPath'>): Carrier =>
  sendPath === 'tcp' ? 'tcp' : 'udp'
