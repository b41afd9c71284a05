// Who we are: one X25519 pair per user, made on first use and kept in a file only its owner can read. Two processes
// that start at once agree: one of them gives the file its name and the loser reads the winner's.

import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromHex, toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import type { KeyPair, Primitives } from '../crypto/primitives.ts'
import { diskFault, errnoOf, syncDirectory } from '../host/file.ts'
import { besideOf, readKept } from '../host/keep.ts'
import { ensureDirectory } from './directories.ts'

export interface Identity {
  readonly keys: KeyPair
  /** True when this call made it. */
  readonly isNew: boolean
}

export function loadIdentity(
  configDirectory: string,
  primitives: Primitives,
  random: (bytes: number) => Uint8Array,
): Identity {
  const path = join(ensureDirectory(configDirectory), 'identity.key')
  const isNew = readKept(path) === undefined && makeOnce(path, toHex(random(32)))
  const secret = fromHex((readKept(path) ?? '').trim())
  if (secret?.length !== 32) {
    throw new PfsError('PFS_READ', `${path} does not hold a key`, {
      hint: 'Move it away; pfs makes a new one, and your peers will have to trust it again.',
    })
  }
  return { keys: primitives.generateKeyPair(secret), isNew }
}

function makeOnce(path: string, text: string): boolean {
  // whole before it has its name: another process, or a kill, never meets a key that is half there
  const beside = besideOf(path)
  try {
    const fd = openSync(beside, 'w', 0o600)
    try {
      writeFileSync(fd, `${text}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    linkSync(beside, path)
    syncDirectory(dirname(path))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw diskFault(error, 'PFS_WRITE', path)
  } finally {
    rmSync(beside, { force: true })
  }
}
