// The variables that set something, read by the table's own readers; a value that is none of what it can be names its
// variable. An empty variable is one that is not set. Loads no zod.

import { PfsError } from '../base/errors.ts'
import { yesOrNo } from './kinds.ts'
import { type Key, keys, rowOf } from './table.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The text of a variable that is set to something. */
export const variable = (environment: Environment, name: string): string | undefined =>
  environment[name] === '' ? undefined : environment[name]

/** Throws PFS_USAGE. */
export function environmentSettings(
  environment: Environment,
): ReadonlyMap<Key, { value: unknown; variable: string }> {
  const found = new Map<Key, { value: unknown; variable: string }>()
  for (const key of keys) {
    const row = rowOf(key)
    const text = row.variable === undefined ? undefined : variable(environment, row.variable)
    if (row.variable === undefined || text === undefined) continue
    const value = row.kind.read(text)
    if (value === undefined) throw notThat(row.variable, row.kind.wanted)
    found.set(key, { value, variable: row.variable })
  }
  return found
}

/** Of a variable that is no setting but says how pfs runs: PFS_PROJECT, PFS_NO_INPUT. Throws PFS_USAGE. */
export function environmentSwitch(environment: Environment, name: string): boolean {
  const text = variable(environment, name)
  if (text === undefined) return false
  const isOn = yesOrNo.read(text)
  if (isOn === undefined) throw notThat(name, yesOrNo.wanted)
  return isOn
}

function notThat(name: string, wanted: string): PfsError {
  return new PfsError('PFS_USAGE', `the variable ${name} must be ${wanted}`, {
    hint: `Put ${name} right, or take it out of the environment.`,
  })
}
