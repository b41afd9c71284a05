// Sizes, durations and ports as people write them on a command line. Pure.

import { PfsError } from '../base/errors.ts'

const factors: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** `20GiB`, `1.5 GB`, `4096`. */
export function parseSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const factor = factors[found?.[2]?.toLowerCase() ?? '?']
  const bytes = Math.floor(Number(found?.[1]) * (factor ?? Number.NaN))
  if (Number.isSafeInteger(bytes)) return bytes
  throw new PfsError('PFS_USAGE', `${text} is not a size`, {
    hint: 'Write a number and a unit: KiB, MiB, GiB, TiB, or kB, MB, GB, TB; for one, 20GiB.',
  })
}

const durations: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 }

/** `90s`, `30m`, `24h`, `7d`: in milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? []
  const millis = Math.floor(Number(number) * (durations[unit] ?? Number.NaN))
  if (Number.isSafeInteger(millis) && millis > 0) return millis
  throw new PfsError('PFS_USAGE', `${text} is not a length of time`, {
    hint: 'Write a number and s, m, h or d; for one, 30m.',
  })
}

export function parsePort(text: string | number): number {
  const port = typeof text === 'number' ? text : /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new PfsError('PFS_USAGE', `${text} is not a port`, { hint: 'A port is a number from 1 to 65535.' })
}
