// Numbers, times and tables as people read them. Pure. Units are decimal, as disks and links are sold; three
// significant digits, because the fourth is noise. Text comes in escaped or goes through terminal.ts.

import type { Micros } from '../base/units.ts'
import { displayWidth } from './width.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** 999 B · 1.00 kB · 61 MB · 4.20 GB */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 would be written as 1000
  while (unit < units.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)} ${units[unit]}`
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2)
  if (value < 99.95) return value.toFixed(1).replace(/\.0$/, '')
  return value.toFixed(0)
}

export function formatRate(bytes: number, micros: Micros): string {
  return `${formatBytes(micros > 0 ? (bytes * 1e6) / micros : 0)}/s`
}

/** 0.04 s · 3.1 s · 4 min 05 s · 1 h 02 min */
export function formatDuration(micros: Micros): string {
  const seconds = micros / 1e6
  if (seconds < 0.995) return `${Math.max(seconds, micros > 0 ? 0.01 : 0).toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`
}

/** Like a duration, in whole seconds: an estimate knows no tenths. */
export function formatCountdown(micros: Micros): string {
  const seconds = Math.ceil(micros / 1e6)
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1e6)
}

/** 0.04 ms · 12.3 ms · 612 ms: what a path takes. */
export const formatMillis = (micros: Micros): string => `${threeDigits(micros / 1000)} ms`

const padded = (value: number): string => String(value).padStart(2, '0')

/** Rounded down, so that 100 % means all of it. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return '0 %'
  if (part >= whole) return '100 %'
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`
}

/** A column begins with '>' in its heading to stand at the right. */
export function formatTable(headings: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const isRight = headings.map(heading => heading.startsWith('>'))
  const all = [headings.map(heading => heading.replace(/^>/, '')), ...lines]
  const widths = headings.map((_, column) => Math.max(...all.map(cells => displayWidth(cells[column] ?? ''))))
  return all.map(cells =>
    cells
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)))
        return isRight[column] ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd(),
  )
}

/** 1 file, 2 files */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
