// What a pool is: pool.json and the seed file beside it. Made once, read at every open. The seed decides every id in
// the pool, so a pool opened under another seed is refused, never misread.

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal, fromHex, toHex } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { chunking1 } from '../cut/limits.ts'
import { deriveSeedKeys, openSeed, type SeedKeys, seedBytes } from '../cut/seed.ts'
import { diskBytes, diskFault, errnoOf, syncDirectory } from '../host/file.ts'
import { keep } from '../host/keep.ts'
import { type LearnPolicy, learnPolicies } from './learn.ts'
import { formatVersion, quotaBytesDefaultMax } from './limits.ts'

export interface Identity {
  readonly poolId: Uint8Array
  readonly chunkingId: number
  readonly createdAt: string
  readonly quotaBytes: number
  readonly learn: LearnPolicy
}

export interface CreateOptions {
  /** 32 bytes; left out: the open seed. */
  readonly seed?: Uint8Array
  readonly quotaBytes?: number
  readonly learn?: LearnPolicy
}

export interface LoadedIdentity {
  readonly identity: Identity
  readonly keys: SeedKeys
  readonly isOpenSeed: boolean
}

export const poolExists = (directory: string): boolean => existsSync(join(directory, 'pool.json'))

/** Makes the directory and its identity. The seed is in place before pool.json, which is what makes it a pool. */
export function createIdentity(directory: string, options: CreateOptions): void {
  if (poolExists(directory)) throw new PfsError('PFS_EXISTS', `a pool is at ${directory}`)
  const seed = options.seed ?? openSeed()
  try {
    for (const name of ['segments', 'extents'])
      mkdirSync(join(directory, name), { recursive: true, mode: 0o700 })
    if (options.seed) keep(join(directory, 'seed'), `${toHex(seed)}\n`)
    const text = JSON.stringify(
      {
        format: formatVersion,
        poolId: toHex(deriveSeedKeys(seed).poolId),
        chunking: chunking1.id,
        created: new Date().toISOString(),
        quotaBytes: options.quotaBytes ?? defaultQuotaBytes(directory),
        learn: options.learn ?? 'auto',
      },
      null,
      2,
    )
    keep(join(directory, 'pool.json'), `${text}\n`)
    syncDirectory(directory)
  } catch (error) {
    throw diskFault(error, 'PFS_POOL', directory)
  }
}

/** @param expectedSeed whoever names a seed gets that pool or PFS_WRONG_SEED */
export function loadIdentity(directory: string, expectedSeed?: Uint8Array): LoadedIdentity {
  const identity = parseIdentity(directory)
  const stored = readSeed(directory)
  const seed = stored ?? openSeed()
  const keys = deriveSeedKeys(seed)
  if (!equal(keys.poolId, identity.poolId)) {
    throw new PfsError('PFS_WRONG_SEED', `the seed of ${directory} is not the one it was made with`, {
      hint: `Put the right 64 hex digits into ${join(directory, 'seed')}.`,
    })
  }
  if (expectedSeed && !equal(expectedSeed, seed)) {
    throw new PfsError('PFS_WRONG_SEED', `the pool at ${directory} has another seed than the one given`)
  }
  return { identity, keys, isOpenSeed: stored === undefined }
}

export function defaultQuotaBytes(directory: string): number {
  return Math.min(quotaBytesDefaultMax, Math.floor(diskBytes(directory) / 10))
}

function parseIdentity(directory: string): Identity {
  const path = join(directory, 'pool.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const hint = `Make one: pfs pool init`
    if (errnoOf(error) === 'ENOENT') throw new PfsError('PFS_POOL', `no pool at ${directory}`, { hint })
    throw diskFault(error, 'PFS_POOL', path)
  }
  const identity = identityOf(text)
  if (!identity) {
    throw new PfsError('PFS_POOL', `${path} is not the description of a pool this version knows`, {
      hint: 'Restore the file, or use the version of pfs that made the pool.',
    })
  }
  return identity
}

function identityOf(text: string): Identity | undefined {
  try {
    const { format, poolId, chunking, created, quotaBytes, learn } = JSON.parse(text) as Record<
      string,
      unknown
    >
    const id = typeof poolId === 'string' ? fromHex(poolId) : undefined
    if (format !== formatVersion || chunking !== chunking1.id || id?.length !== 16) return undefined
    if (typeof quotaBytes !== 'number' || !(quotaBytes >= 0) || typeof created !== 'string') return undefined
    const policy = learnPolicies.find(known => known === learn)
    if (!policy) return undefined
    return { poolId: id, chunkingId: chunking, createdAt: created, quotaBytes, learn: policy }
  } catch {
    return undefined
  }
}

function readSeed(directory: string): Uint8Array | undefined {
  const path = join(directory, 'seed')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskFault(error, 'PFS_POOL', path)
  }
  const seed = fromHex(text.trim())
  if (seed?.length !== seedBytes) throw new PfsError('PFS_WRONG_SEED', `${path} is not 64 hex digits`)
  return seed
}
