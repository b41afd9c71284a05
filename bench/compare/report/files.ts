// Writes the reports beside the results they were made from.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupsIn } from '../cells.ts'
import { resultsFolder } from '../results.ts'
import type { Session } from '../schema.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'

/** Their paths. */
export function writeReports(sessions: readonly Session[]): string[] {
  const groups = groupsIn(sessions)
  mkdirSync(resultsFolder, { recursive: true })
  return [
    ['compare.md', markdownOf(groups)],
    ['compare.html', htmlOf(groups)],
  ].map(([name = '', text = '']) => {
    const path = join(resultsFolder, name)
    writeFileSync(path, text)
    return path
  })
}
