// The hostile corpus as it lies in test/hostile/corpus: data, one file a kind, each case with its reason and its outcome.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../../src/base/assert.ts'
import { fromHex } from '../../src/base/bytes.ts'

export interface Case {
  readonly name: string
  readonly why: string
}

export const casesOf = <T extends Case>(kind: string): readonly T[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'corpus', `${kind}.json`), 'utf8')) as T[]

/**
 * Bytes as hex with spaces where one likes, or a piece of hex said so many times: `{ "hex": "00", "times": 9217 }`; several one
 * after another.
 */
export type Bytes = string | { readonly hex: string; readonly times: number } | readonly Bytes[]

export function bytesOf(bytes: Bytes): Uint8Array {
  if (typeof bytes === 'string') return must(fromHex(bytes.replaceAll(' ', '')), 'hex')
  if (!('hex' in bytes)) return new Uint8Array(Buffer.concat(bytes.map(bytesOf)))
  const piece = bytesOf(bytes.hex)
  const whole = new Uint8Array(piece.length * bytes.times)
  for (let at = 0; at < whole.length; at += piece.length) whole.set(piece, at)
  return whole
}
