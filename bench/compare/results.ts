// Where sessions lie: results/ beside package.json, a file each. Reads what is there and passes over what is none.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSession, type Session } from './schema.ts'

export const resultsFolder = process.env.PFS_RESULTS ?? 'results'

/** Whole or not at all, so that one that is broken off can still be read. */
export function keepSession(session: Session): string {
  mkdirSync(resultsFolder, { recursive: true })
  const name = `${session.startedAt.replaceAll(/[:.]/g, '-')}-${session.form}.json`
  const path = join(resultsFolder, name)
  writeFileSync(`${path}.new`, `${JSON.stringify(session, undefined, 1)}\n`)
  renameSync(`${path}.new`, path)
  return path
}

export interface Found {
  readonly sessions: Session[]
  /** Files that are no session, or of another version of the schema. */
  readonly passedOver: string[]
}

/** @param paths those named; none: all that lie in the folder */
export function readSessions(paths: readonly string[]): Found {
  const chosen = paths.length > 0 ? paths : listed()
  const found: Found = { sessions: [], passedOver: [] }
  for (const path of chosen) {
    const session = parseSession(readFileSync(path, 'utf8'))
    if (session) found.sessions.push(session)
    else found.passedOver.push(path)
  }
  return found
}

function listed(): string[] {
  try {
    return readdirSync(resultsFolder)
      .filter(name => name.endsWith('.json'))
      .map(name => join(resultsFolder, name))
  } catch {
    return []
  }
}
