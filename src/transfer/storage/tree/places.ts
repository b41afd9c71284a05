// Where unfinished work on a tree lies: the directory its files grow in beside the target, the journal, and the manifests
// they speak of. All attempts of one peer to send the same tops into one directory share them. PROTOCOL.md §15.2-5

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal, toHex } from '../../../base/bytes.ts'
import { manifestBytesMax } from '../../../cut/manifest/limits.ts'
import { Manifest, parseManifest } from '../../../cut/manifest/manifest.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'
import type { Pool } from '../../../pool/pool.ts'
import type { OfferedObject, Placement } from '../events.ts'
import { partName, targetPath } from '../target.ts'
import { manifestIdOf, readManifest, recipeOf, shareManifest } from './manifest_blob.ts'

/** Of a tree's transfer id, what is the same for every attempt. */
export const lastingBytes = 12

export class TreePlaces {
  readonly staging: string
  readonly journal: string
  readonly #jobs: string
  readonly #key: string
  readonly #isInquiry: boolean

  constructor(object: OfferedObject, placement: Placement, jobs: string) {
    const parts = [object.peer, toHex(object.transfer.subarray(0, lastingBytes)), placement.directory]
    this.#key = createHash('sha256')
      .update(['tree', ...parts].join('\0'))
      .digest('hex')
      .slice(0, 16)
    this.#jobs = jobs
    this.#isInquiry = object.isInquiry === true
    targetPath(placement.directory, object.name) // a name that none can have is refused here
    this.staging = join(placement.directory, partName(object.name, this.#key.slice(0, 8)))
    this.journal = join(jobs, `${this.#key}.journal`)
  }

  /** Where a manifest is kept while its tree is built, or for the one answer to an inquiry. */
  manifest(id: Uint8Array): string {
    return this.#manifestPath(id, this.#isInquiry)
  }

  #manifestPath(id: Uint8Array, isInquiry: boolean): string {
    const ending = isInquiry ? 'inquired.manifest' : 'manifest'
    return join(this.#jobs, `${this.#key}.${toHex(id).slice(0, 16)}.${ending}`)
  }

  /** That manifest, if the pool or an earlier attempt has it whole, and it is in memory or no larger than that. */
  find(pool: Pool, id: Uint8Array, bytesMax = manifestBytesMax): Manifest | undefined {
    const kept =
      readManifest(pool, id, bytesMax) ?? this.#read(pool, id, this.#manifestPath(id, false), bytesMax)
    return kept ?? (this.#isInquiry ? this.#read(pool, id, this.manifest(id), bytesMax) : undefined)
  }

  #read(pool: Pool, id: Uint8Array, path: string, bytesMax: number): Manifest | undefined {
    let bytes: Uint8Array
    try {
      if (statSync(path).size > bytesMax) return undefined
      bytes = readFileSync(path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw diskFault(error, 'PFS_READ', path)
    }
    if (!equal(manifestIdOf(pool, recipeOf(pool, bytes)), id)) return undefined
    const manifest = parseManifest(bytes)
    return manifest instanceof Manifest ? shareManifest(pool, id, manifest) : undefined
  }

  /** Kept for the next attempt, and none but it. */
  keep(id: Uint8Array, { bytes }: Manifest): void {
    const path = this.manifest(id)
    try {
      writeFileSync(`${path}.new`, bytes, { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', path)
    }
    this.#removeManifests(path)
  }

  /** What came of an inquiry alone. */
  forgetInquiry(id: Uint8Array): void {
    rmSync(this.#manifestPath(id, true), { force: true })
  }

  forgetManifests(): void {
    this.#removeManifests()
  }

  #removeManifests(kept?: string): void {
    for (const name of readdirSync(this.#jobs)) {
      const path = join(this.#jobs, name)
      const isOurs = name.startsWith(`${this.#key}.`) && name.endsWith('.manifest')
      if (isOurs && path !== kept) rmSync(path, { force: true })
    }
  }
}
