// What is said of several rounds: the middle one, and how far they lie apart.

import { must } from '../src/base/assert.ts'

/** Of an even number, the mean of the two in the middle. NaN of none, or where one is NaN. */
export function median(values: readonly number[]): number {
  if (values.length === 0 || values.some(Number.isNaN)) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = must(sorted[middle], 'a middle')
  return sorted.length % 2 === 1 ? upper : (upper + must(sorted[middle - 1], 'a middle')) / 2
}

/** The least and the greatest, as text. */
export function spread(values: readonly number[], digits = 2): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
}
