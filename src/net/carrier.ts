// What carries a connection's packets, and what a user may ask for. PROTOCOL.md §4.1

import type { UdpStats } from '../host/udp.ts'

/** What carries a connection: UDP, or one TCP connection where UDP does not get through. */
export type Carrier = 'udp' | 'tcp'
export const carriers = ['udp', 'tcp'] as const satisfies readonly Carrier[]

/** `auto`: UDP, and TCP where UDP gets no answer; of a listener, both. */
export type Transport = 'auto' | Carrier
export const transports = ['auto', ...carriers] as const satisfies readonly Transport[]

export const carrierOf = ({ sendPath }: Pick<UdpStats, 'sendPath'>): Carrier =>
  sendPath === 'tcp' ? 'tcp' : 'udp'
