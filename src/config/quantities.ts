// Sizes, durations and ports as people write them, in a file, a variable or on a command line. Pure; what is none is
// undefined, because only the reader knows how to say so.

import { type Micros, millisecond, minute, second } from '../base/units.ts'

const sizeFactors: Readonly<Record<string, number>> = {
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
  // a letter alone is binary, as rsync and rclone have it
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}

const durationFactors: Readonly<Record<string, Micros>> = {
  '': second,
  ms: millisecond,
  s: second,
  m: minute,
  h: 60 * minute,
  d: 24 * 60 * minute,
}

export const sizeSpelling = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/
export const durationSpelling = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)\s*$/

/** Bytes: `20GiB`, `1.5 GB`, `10M`, `4096`. */
export function sizeOf(text: string): number | undefined {
  const [, digits, unit = ''] = sizeSpelling.exec(text) ?? []
  const factor = sizeFactors[unit.toLowerCase()]
  const bytes = Math.floor(Number(digits) * (factor ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `30s`, `2m`, `1.5h`, `7d`, `500ms`; a number alone is seconds. */
export function durationOf(text: string): Micros | undefined {
  const [, digits, unit = ''] = durationSpelling.exec(text) ?? []
  const micros = Math.ceil(Number(digits) * (durationFactors[unit] ?? Number.NaN))
  return Number.isSafeInteger(micros) ? micros : undefined
}

/** The shortest writing that durationOf reads as this. */
export function formatWritten(micros: Micros): string {
  for (const unit of ['h', 'm', 's', 'ms']) {
    const count = micros / (durationFactors[unit] ?? 1)
    if (Number.isInteger(count) && count > 0) return `${count}${unit}`
  }
  return `${micros / second}s`
}

export function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}
