// What fuzzing begins with: every string of hex in the golden vectors of an area, right and wrong alike.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex } from '../../src/base/bytes.ts'
import { directoryOf } from './places.ts'

/** Of the vectors' files by name; none of them empty. */
export function seedsOf(...areas: readonly string[]): Uint8Array[] {
  const found: Uint8Array[] = []
  for (const area of areas)
    gather(JSON.parse(readFileSync(join(directoryOf('test/vectors'), `${area}.json`), 'utf8')), found)
  return found
}

function gather(value: unknown, found: Uint8Array[]): void {
  if (typeof value === 'string') {
    const bytes = value.length >= 2 && value.length % 2 === 0 ? fromHex(value) : undefined
    if (bytes && bytes.length > 0) found.push(bytes)
  } else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) gather(one, found)
  }
}
