// What is to be sent, from the paths the user gave: one regular file as itself, anything else as a tree. Looks at the
// paths themselves; what lies below them the storage looks at.

import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { PfsError } from '../base/errors.ts'
import { diskFault } from '../host/file.ts'
import type { SendOptions } from './events.ts'
import type { SendingSource } from './offering.ts'
import type { StorageThread } from './storage/thread.ts'

const streamMode = 0o644

/** @param without hex of paths of a tree that are left out */
export async function prepareSource(
  storage: StorageThread,
  options: SendOptions,
  without: readonly string[],
): Promise<SendingSource> {
  const { stream } = options
  if (stream) {
    // nothing of it is ever taken up again: no two attempts have one id. §15.2-6
    const transfer = new Uint8Array(randomBytes(16))
    return await storage.call('prepareStream', [{ name: stream.name, transfer, mode: streamMode }])
  }
  const [path, ...more] = options.paths
  if (path === undefined) throw new PfsError('PFS_USAGE', 'there is nothing to send')
  if (more.length === 0 && typeof path === 'string' && isFile(path) && !options.rules?.only)
    return await storage.call('prepareFile', [path])
  const { listHandle, tree, ...source } = await storage.call('prepareTree', [
    {
      tops: topsOf(options.paths),
      links: options.links ?? 'keep',
      hasOwners: options.preservesOwner ?? false,
      rules: {
        include: options.rules?.include ?? [],
        exclude: options.rules?.exclude ?? [],
        only: options.rules?.only,
        ignoreFiles: options.rules?.ignoreFiles ?? false,
      },
      without,
    },
  ])
  return { ...source, tree: { listHandle, prepared: tree } }
}

export async function closeSource(storage: StorageThread, { handle, tree }: SendingSource): Promise<void> {
  for (const one of tree ? [handle, tree.listHandle] : [handle]) {
    await storage.call('closeSource', [one])
    storage.forget(one)
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch (error) {
    throw diskFault(error, 'PFS_READ', path)
  }
}

/** Each under its own last name, which must be there once. */
function topsOf(paths: SendOptions['paths']): { path: Uint8Array; name: Uint8Array }[] {
  const tops = new Map<string, { path: Uint8Array; name: Uint8Array; shown: string }>()
  for (const path of paths) {
    const shown = Buffer.from(path).toString()
    const absolute = typeof path === 'string' ? Buffer.from(resolve(path)) : absoluteBytes(path)
    const slash = absolute.lastIndexOf(0x2f)
    const name = absolute.subarray(slash + 1)
    if (name.length === 0)
      throw new PfsError('PFS_USAGE', `${shown} has no name to be sent under`, {
        hint: 'Name a directory in it.',
      })
    const key = name.toString('latin1')
    const other = tops.get(key)
    if (other && !Buffer.from(other.path).equals(absolute))
      throw new PfsError('PFS_USAGE', `${other.shown} and ${shown} would both be ${basename(shown)}`, {
        hint: 'Send them one after the other, into different directories.',
      })
    tops.set(key, { path: absolute, name, shown })
  }
  return [...tops.values()].map(({ path, name }) => ({ path, name }))
}

function absoluteBytes(path: Uint8Array): Buffer {
  const bytes = Buffer.from(path)
  return bytes[0] === 0x2f ? bytes : Buffer.concat([Buffer.from(`${process.cwd()}/`), bytes])
}
