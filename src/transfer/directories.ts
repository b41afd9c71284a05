// Where pfs keeps what is its own: the XDG base directories, one folder each, made on first use for the user alone.
// Knows paths and nothing of what lies in them. PFS_HOME puts all of it under one folder (tests, services).

import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { PfsError } from '../base/errors.ts'
import { errnoOf } from '../host/file.ts'

/** Absolute paths; each is made on first use, for the user alone. */
export interface Directories {
  /** Keys and known peers. */
  readonly config: string
  /** The default pool. */
  readonly pool: string
  /** Journals of transfers that have not ended. */
  readonly jobs: string
}

/**
 * The user's own: the XDG base directories, or all under PFS_HOME.
 * @param environment default: this process's
 */
export function directories(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Directories {
  const home = environment.PFS_HOME
  const base = (variable: string, fallback: string): string => {
    const set = environment[variable]
    // the standard says: a relative path is invalid and ignored
    return set?.startsWith('/') ? set : join(homedir(), fallback)
  }
  const config = home ? join(home, 'config') : join(base('XDG_CONFIG_HOME', '.config'), 'pfs')
  const data = home ? join(home, 'data') : join(base('XDG_DATA_HOME', '.local/share'), 'pfs')
  const state = home ? join(home, 'state') : join(base('XDG_STATE_HOME', '.local/state'), 'pfs')
  // an empty variable is one that is not set
  return { config, pool: environment.PFS_POOL_DIR || join(data, 'pool'), jobs: join(state, 'jobs') }
}

export function ensureDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** That it can take what is received: found out now rather than when somebody has begun to send. */
export function checkTarget(directory: string): void {
  const hint = 'Choose another directory with -o DIR, or put this one right and run the same command again.'
  try {
    if (!statSync(directory).isDirectory()) {
      throw new PfsError('PFS_WRITE', `${directory} is not a directory`, { hint, path: directory })
    }
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof PfsError) throw error
    const why = errnoOf(error) === 'ENOENT' ? 'there is no such directory' : 'it may not be written to'
    throw new PfsError('PFS_WRITE', `${directory}: ${why}`, { hint, path: directory, cause: error })
  }
}
