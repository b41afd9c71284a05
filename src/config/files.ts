// Which files may set something, and the text of one: read whole, and no more of it than a configuration can be. Knows
// paths and faults, and nothing of what a document says.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { PfsError } from '../base/errors.ts'
import { KiB } from '../base/units.ts'
import { errnoOf } from '../host/file.ts'
import type { FileLayer } from './origin.ts'

/** Of one file: hundreds of profiles fit, and nothing that takes long to parse. */
export const configBytesMax = 64 * KiB

export const systemFolder = '/etc/pfs'

export interface Candidate {
  readonly layer: FileLayer
  readonly path: string
  /** It was asked for by name: that it is not there is a fault. */
  readonly isNamed: boolean
  /** The other writing of it: both at once is a fault, because either could be meant. */
  readonly other?: string
}

export interface Choice {
  /** --config FILE or PFS_CONFIG: in place of the user's own. */
  readonly file: string | undefined
  readonly project: 'asked' | 'welcome' | 'no'
  /** Where pfs runs. */
  readonly here: string
  /** The user's configuration folder. */
  readonly folder: string
  readonly system: string
}

/** From the strongest to the weakest. */
export function candidates({ file, project, here, folder, system }: Choice): Candidate[] {
  const inFolder = (layer: FileLayer, at: string): Candidate => ({
    layer,
    path: join(at, 'config.yaml'),
    other: join(at, 'config.json'),
    isNamed: false,
  })
  const ours: Candidate = { layer: 'project', path: join(here, 'pfs.yaml'), isNamed: project === 'asked' }
  return [
    ...(project === 'no' ? [] : [ours]),
    file === undefined ? inFolder('user', folder) : { layer: 'user', path: file, isNamed: true },
    inFolder('system', system),
  ]
}

/** The one of the two writings that is there, and its text; undefined where there is none and none was asked for. */
export function readCandidate({
  path,
  other,
  isNamed,
}: Candidate): { path: string; text: string } | undefined {
  const text = textOf(path)
  const otherText = other === undefined ? undefined : textOf(other)
  if (text !== undefined && otherText !== undefined) {
    throw new PfsError('PFS_CONFIG', `${path} and ${other} are both there`, { hint: 'Keep one of the two.' })
  }
  if (text !== undefined) return { path, text }
  if (other !== undefined && otherText !== undefined) return { path: other, text: otherText }
  if (!isNamed) return undefined
  throw new PfsError('PFS_CONFIG', `there is no ${path}`, { hint: '`pfs config init` makes one.' })
}

/** undefined: there is no such file. */
export function textOf(path: string): string | undefined {
  let fd: number
  try {
    // a pipe that nobody writes to must not hold us up
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw unreadable(path, error)
  }
  try {
    if (!fstatSync(fd).isFile()) throw new PfsError('PFS_CONFIG', `${path} is not a file`)
    return decoded(path, readUpTo(fd, configBytesMax + 1))
  } catch (error) {
    throw error instanceof PfsError ? error : unreadable(path, error)
  } finally {
    closeSync(fd)
  }
}

function readUpTo(fd: number, bytesMax: number): Uint8Array {
  const bytes = new Uint8Array(bytesMax)
  let length = 0
  for (let more = 1; more > 0 && length < bytesMax; length += more) {
    more = readSync(fd, bytes, length, bytesMax - length, null)
  }
  return bytes.subarray(0, length)
}

function decoded(path: string, bytes: Uint8Array): string {
  if (bytes.length > configBytesMax) {
    throw new PfsError('PFS_CONFIG', `${path} has more than ${configBytesMax / KiB} KiB`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new PfsError('PFS_CONFIG', `${path} is not text in UTF-8`, { cause: error })
  }
}

function unreadable(path: string, cause: unknown): PfsError {
  return new PfsError('PFS_CONFIG', `${path} could not be read: ${(cause as Error).message}`, {
    cause,
    hint: 'See whether it may be read, or do without it: --no-config.',
  })
}
