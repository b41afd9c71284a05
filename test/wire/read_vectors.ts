// The golden vectors as they lie in test/vectors.

import { readFileSync } from 'node:fs'

export interface Vector {
  readonly name: string
  readonly why: string
  readonly expect: string
  readonly bytes?: string
  readonly body?: string
  readonly payload?: string
  readonly opened?: string
  readonly offered?: string
  readonly suite?: number
  readonly canonical?: boolean
  readonly frame?: unknown
  readonly message?: unknown
  readonly packet?: unknown
  readonly range?: unknown
  readonly parameters?: unknown
  readonly frames?: string
}

export const readVectors = (area: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${area}.json`, import.meta.url), 'utf8')) as Vector[]
