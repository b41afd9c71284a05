// THE TABLE of what `pfs help` knows besides commands, each page from its own table. To add one: a row.

import { failures } from '../base/errors.ts'
import { environmentPage, variables } from './environment.ts'
import { eventPage, eventTable } from './event_table.ts'

interface Topic {
  readonly lines: () => readonly string[]
  readonly document: unknown
}

export const topics: Readonly<Record<string, Topic>> = {
  'exit-codes': { lines: exitCodes, document: failures },
  events: { lines: eventPage, document: eventTable },
  env: { lines: environmentPage, document: variables },
}

/** One line for each status, and each failure that ends with it. */
export function exitCodes(): string[] {
  const byStatus = new Map<number, string[]>([[0, ['done, or nothing to do']]])
  for (const [code, { exit, sentence }] of Object.entries(failures)) {
    byStatus.set(exit, [...(byStatus.get(exit) ?? []), `${sentence} (${code})`])
  }
  byStatus.set(143, ['ended by SIGTERM'])
  return [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([status, sentences]) =>
      sentences.map((sentence, at) => `${(at === 0 ? String(status) : '').padStart(3)}  ${sentence}`),
    )
}
