// Sizes, durations and ports on a command line: what is none is a slip that says how to write one. Pure.

import { PfsError } from '../base/errors.ts'
import { millisecond } from '../base/units.ts'
import { durationOf, portOf, sizeOf } from '../config/quantities.ts'

/** `20GiB`, `1.5 GB`, `10M`, `4096`. */
export function parseSize(text: string): number {
  const bytes = sizeOf(text)
  if (bytes !== undefined) return bytes
  throw new PfsError('PFS_USAGE', `${text} is not a size`, {
    hint: 'Write a number and a unit: KiB, MiB, GiB, TiB, or kB, MB, GB, TB; for one, 20GiB.',
  })
}

/** `90s`, `30m`, `24h`, `7d`: in milliseconds. */
export function parseDuration(text: string): number {
  const micros = /[smhd]\s*$/.test(text) ? durationOf(text) : undefined
  const millis = Math.floor((micros ?? 0) / millisecond)
  if (millis > 0) return millis
  throw new PfsError('PFS_USAGE', `${text} is not a length of time`, {
    hint: 'Write a number and s, m, h or d; for one, 30m.',
  })
}

export function parsePort(text: string | number): number {
  const port = portOf(String(text))
  if (port !== undefined) return port
  throw new PfsError('PFS_USAGE', `${text} is not a port`, { hint: 'A port is a number from 1 to 65535.' })
}
