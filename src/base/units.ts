// Units as plain numbers. Time is microseconds from an arbitrary start, handed in by whoever owns a clock;
// sizes are bytes. Both stay exact to 2^53. Knows no clock.

/** Microseconds, as plain numbers: exact to 2^53. */
export type Micros = number

export const millisecond: Micros = 1_000
export const second: Micros = 1_000_000
export const minute: Micros = 60 * second

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

/** A moment that never comes: the neutral element of Math.min over deadlines. */
export const never: Micros = Number.POSITIVE_INFINITY
