// What is wrong with a document, from zod's issues: each with its place, in our words, and with what was probably meant.

import type { core } from 'zod'
import type { Path, Spot, Spots } from './spots.ts'
import { nearest } from './suggest.ts'
import { keys, partsOf, sections } from './table.ts'

export interface Mistake extends Spot {
  readonly what: string
  readonly hint: string | undefined
}

/** @param plain the document that zod found it in */
export function mistakesOf(issue: core.$ZodIssue, plain: unknown, spots: Spots): Mistake[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      ...spots.ofKey([...path, key]),
      what: `there is no ${shown([...path, key])}`,
      hint: unknownHint(path, key),
    }))
  }
  if (issue.code === 'invalid_key') {
    const what = `${shown(path)} must be ${issue.issues[0]?.message ?? 'another name'}`
    return [{ ...spots.ofKey(path), what, hint: undefined }]
  }
  const isMissing = path.length === 1 && path[0] === 'version' && !Object.hasOwn(plain as object, 'version')
  if (isMissing) {
    return [
      {
        line: 1,
        column: 1,
        what: 'it does not say which version it is',
        hint: 'Begin it with `version: 1`.',
      },
    ]
  }
  const what = path.length === 0 ? 'the document' : shown(path)
  return [{ ...spots.ofValue(path), what: `${what} must be ${issue.message}`, hint: undefined }]
}

/** A key that is right elsewhere, or nearly right here. */
function unknownHint(path: Path, key: string): string | undefined {
  const isProfile = path[0] === 'profiles'
  const within = isProfile ? path.slice(2) : path
  const section = within[0]
  if (section === undefined) {
    const near = nearest(key, isProfile ? sections : [...sections, 'profiles', 'version'])
    if (near) return `Did you mean ${near}?`
  } else {
    const here = keys.map(partsOf).filter(([name]) => name === section)
    const near = nearest(
      key,
      here.map(([, name]) => name),
    )
    if (near) return `Did you mean ${near}?`
  }
  const elsewhere = keys.find(known => partsOf(known)[1] === key)
  return elsewhere ? `Did you mean ${elsewhere}?` : undefined
}

const shown = (path: Path): string =>
  path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('')
