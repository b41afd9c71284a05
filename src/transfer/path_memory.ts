// What the path to a peer carried last time, so that the next transfer need not find it out again. One small file beside the
// journals; what is wrong with it, or old, is forgotten. Knows places and rates; believes nothing: PROTOCOL.md §10-13.

import { dirname, join } from 'node:path'
import { second } from '../base/units.ts'
import { keep, readKept } from '../host/keep.ts'
import type { SavedPath } from '../proto/congestion/controller.ts'
import type { ConnectionStats } from '../proto/stats.ts'
import { ensureDirectory } from './directories.ts'

/** Paths change with the day: what is older is another path. */
const ageMillisMax = 24 * 3600 * 1000
const placesMax = 256
/** A transfer of less has not shown what the path bears. */
const packetsMin = 1000

interface Remembered extends SavedPath {
  readonly place: string
  readonly atMillis: number
}

export class PathMemory {
  readonly #path: string

  constructor(jobsDirectory: string) {
    this.#path = join(ensureDirectory(dirname(jobsDirectory)), 'paths.json')
  }

  recall(place: string): SavedPath | undefined {
    return this.#read().find(each => each.place === place)
  }

  /** @param stats of a connection that has ended, and that nothing but the path held back */
  remember(place: string, stats: Readonly<ConnectionStats>): void {
    const { deliveryBytesPerSecond: bytesPerSecond, rttMicrosMin: rttMicros } = stats
    if (!(bytesPerSecond > 0) || !(rttMicros > 0) || stats.packetsSent < packetsMin) return
    const others = this.#read().filter(each => each.place !== place)
    const all = [{ place, bytesPerSecond, rttMicros, atMillis: Date.now() }, ...others].slice(0, placesMax)
    keep(this.#path, JSON.stringify(all))
  }

  #read(): Remembered[] {
    try {
      const all: unknown = JSON.parse(readKept(this.#path) ?? '[]')
      return Array.isArray(all) ? all.filter(isRemembered) : []
    } catch {
      return [] // it is only ever a hint
    }
  }
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null) return false
  const { place, bytesPerSecond, rttMicros, atMillis } = value as Record<string, unknown>
  const isNumber = (number: unknown): number is number => typeof number === 'number' && number > 0
  if (typeof place !== 'string' || !isNumber(bytesPerSecond) || !isNumber(rttMicros) || !isNumber(atMillis))
    return false
  const age = Date.now() - atMillis
  return age >= 0 && age < ageMillisMax && rttMicros < 60 * second
}
