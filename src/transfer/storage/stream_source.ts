// A stream on its way out, whose length nobody knows: what comes of it is kept in a file without a name until the transfer
// is over, so that any part of it can be sent again. Whoever feeds it waits while too much of it is unsent.
// PROTOCOL.md §15.2-6

import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { must } from '../../base/assert.ts'
import { concat } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import { MiB } from '../../base/units.ts'
import { chunking1 } from '../../cut/limits.ts'
import { type Recipe, RecipeBuilder } from '../../cut/recipe.ts'
import { diskFault, readFully, writeFully } from '../../host/file.ts'
import type { Pool } from '../../pool/pool.ts'
import { commitIfRoom } from './commit.ts'
import type { PreparedSource } from './events.ts'
import { readableRecipe, type SourceObject } from './source_object.ts'
import { Verifier } from './verifier.ts'

/** Fed and not yet planned: more than this waits. */
const unsentBytesMax = 32 * MiB
/** Content scanned before other work of the thread gets a turn. */
const settleStepBytes = 4 * MiB

export interface StreamRequest {
  readonly name: string
  readonly transfer: Uint8Array
  readonly mode: number
}

export class StreamSource implements SourceObject {
  readonly prepared: PreparedSource
  readonly recipe: undefined
  readonly #pool: Pool
  readonly #key: string
  readonly #fd: number
  readonly #scan: Verifier
  readonly #learnBytesMax: number
  #waiting: (() => void)[] = []
  #size = 0
  #isEnded = false
  #isClosed = false
  #settled: Promise<Uint8Array> | undefined

  /** @param directory on whose disk there is room for all of it */
  constructor(pool: Pool, directory: string, { name, transfer, mode }: StreamRequest, mayLearn: boolean) {
    this.#pool = pool
    this.#key = `stream of ${name}` // no path: one begins with a slash
    this.#fd = openUnnamed(join(directory, `stream-${process.pid}-${Buffer.from(transfer).toString('hex')}`))
    const scanner = pool.scanner({ fd: this.#fd, limit: 0, isFinal: false })
    // it lies nowhere when this is over: only a copy can be learnt
    const learns = mayLearn && pool.learnWay(0) !== 'off'
    this.#scan = new Verifier(pool, scanner, learns ? 'copy' : 'off')
    this.#learnBytesMax = pool.copyBytesMax
    const last = pool.lastBlobOfPath(this.#key)
    const candidate = last && readableRecipe(pool.openBlob(last)) && pool.blob(last)
    this.prepared = {
      transfer,
      name,
      size: 0,
      mode,
      mtimeNanos: BigInt(Date.now()) * 1_000_000n,
      poolId: pool.identity.poolId,
      chunking: chunking1.id,
      blob: undefined,
      candidates: candidate ? [{ blob: candidate.blobId, size: candidate.sizeBytes }] : [],
    }
  }

  get size(): number {
    return this.#size
  }

  /** More may come: having no chunk now does not mean that there will be none. */
  get isOpenEnded(): boolean {
    return !this.#isEnded
  }

  /** The next bytes; undefined: there are no more. Resolves when as many again may come. */
  async feed(bytes: Uint8Array | undefined): Promise<void> {
    if (this.#isClosed) throw new PfsError('PFS_CANCELLED')
    if (bytes) writeFully(this.#fd, bytes, this.#size, this.prepared.name)
    this.#size += bytes?.length ?? 0
    this.#isEnded ||= bytes === undefined
    this.#scan.extend(this.#size, this.#isEnded)
    if (this.#size > this.#learnBytesMax) this.#scan.stopLearning()
    if (this.#isFull) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  get #isFull(): boolean {
    return !this.#isEnded && !this.#isClosed && this.#size - this.#scan.verifiedBytes > unsentBytesMax
  }

  scan(bytesMax: number): Uint8Array {
    const parts: Uint8Array[] = []
    this.#scan.step(bytesMax, rows => parts.push(rows))
    if (!this.#isFull) for (const resolve of this.#waiting.splice(0)) resolve()
    return concat(...parts)
  }

  read(target: Uint8Array, position: number): void {
    try {
      if (readFully(this.#fd, target, position) === target.length) return
    } catch (error) {
      throw diskFault(error, 'PFS_READ', this.prepared.name, false)
    }
    throw new PfsError('PFS_READ', this.prepared.name)
  }

  settle(): Promise<Uint8Array> {
    this.#settled ??= this.#settle()
    return this.#settled
  }

  async #settle(): Promise<Uint8Array> {
    while (!this.#scan.id) {
      this.scan(settleStepBytes)
      await setImmediate()
    }
    const id = must(this.#scan.id, 'scanned to the end')
    if (this.#scan.learnWhole()) this.#pool.rememberPath(this.#key, id)
    await commitIfRoom(this.#pool)
    return id
  }

  async wholeRecipe(): Promise<Recipe> {
    const id = await this.settle()
    const known = readableRecipe(this.#pool.openBlob(id))
    if (known) return known
    const rows = new RecipeBuilder()
    const again = this.#pool.scanner({ fd: this.#fd, limit: this.#size, isFinal: true })
    while (again.step(settleStepBytes, (_offset, length, chunk) => rows.add(length, chunk)) === 'more')
      await setImmediate()
    return rows.finish()
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.#fd)
    this.#isClosed = true
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** The place on the disk is given back with the descriptor, whatever becomes of the process. */
function openUnnamed(path: string): number {
  try {
    const fd = openSync(path, 'wx+', 0o600)
    rmSync(path)
    return fd
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', path)
  }
}
