// The native twin of cutting: the addon reads, cuts and names in one pass, a piece at a time while the cache has it.
// native/bind_cut.cc

import { getSystemErrorName } from 'node:util'
import { assert } from '../base/assert.ts'
import { cutThreshold } from '../cut/chunker.ts'
import { type Chunking, windowBytes } from '../cut/limits.ts'
import type { SeedKeys } from '../cut/seed.ts'
import type { Cutting, FilePart, PartScan } from './cut.ts'
import { FileWindow } from './file_window.ts'

declare const handle: unique symbol
/** Objects of the addon's own. */
interface Cutter {
  readonly [handle]: 'cutter'
}
interface Job {
  readonly [handle]: 'job'
}

/** What bind_cut.cc puts on the addon. */
export interface CutAddon {
  cutCutter(
    table: Uint32Array,
    key: Uint8Array,
    threshold: number,
    minBytes: number,
    maxBytes: number,
  ): Cutter
  cutBytes(cutter: Cutter, bytes: Uint8Array, isLast: boolean, rows: Uint8Array): number
  cutFile(
    cutter: Cutter,
    fd: number,
    limit: number,
    isFinal: boolean,
    buffer: Uint8Array,
    cursor: Float64Array,
    rows: Uint8Array,
  ): number
  cutJob(cutter: Cutter, fd: number, from: number, limit: number, isFinal: boolean, rows: Uint8Array): Job
  cutJobRun(job: Job, rows: Uint8Array): Promise<true>
  cutJobEnd(job: Job, cursor: Float64Array): number
  /** avx512-vbmi or portable. */
  cutKernel(): string
}

/** The part of an addon that cuts, if it has one. */
export function cutAddon(addon: unknown): CutAddon | undefined {
  const isOne = typeof addon === 'object' && addon !== null && 'cutCutter' in addon
  return isOne ? (addon as CutAddon) : undefined
}

const noBytes = new Uint8Array(0)

export class NativeCutting implements Cutting {
  readonly kernel: string
  readonly #addon: CutAddon
  readonly #cutter: Cutter

  constructor(addon: CutAddon, keys: Pick<SeedKeys, 'gear' | 'chunkId'>, chunking: Chunking) {
    const { minBytes, maxBytes } = chunking
    assert(keys.gear.length === 256 && minBytes >= windowBytes && maxBytes > minBytes, 'chunking parameters')
    this.kernel = addon.cutKernel()
    this.#addon = addon
    this.#cutter = addon.cutCutter(keys.gear, keys.chunkId, cutThreshold(chunking), minBytes, maxBytes)
  }

  scanBytes(bytes: Uint8Array, isLast: boolean, rows: Uint8Array): number {
    return this.#addon.cutBytes(this.#cutter, bytes, isLast, rows)
  }

  scanFile(window: FileWindow, fd: number, limit: number, isFinal: boolean, rows: Uint8Array): number {
    const { buffer, cursor } = window
    const count = this.#addon.cutFile(this.#cutter, fd, limit, isFinal, buffer, cursor, rows)
    // what was read before the fault was cut before it; the next call meets the fault again, with nothing to give
    if (count === 0 && window.errno !== 0) throw readFault(window.errno)
    return count
  }

  async scanPart(part: FilePart, rows: Uint8Array, threads: number): Promise<PartScan> {
    assert(threads >= 1, 'somebody must do it')
    const { fd, from, limit, isFinal } = part
    const job = this.#addon.cutJob(this.#cutter, fd, from, limit, isFinal, rows)
    const runs = Array.from({ length: threads }, () => this.#addon.cutJobRun(job, rows))
    await Promise.all(runs)
    const end = new FileWindow(from, noBytes)
    const rowCount = this.#addon.cutJobEnd(job, end.cursor)
    if (rowCount === 0 && end.errno !== 0) throw readFault(end.errno)
    return { rowCount, end: end.offset, isShort: end.isShort }
  }
}

/** As node:fs would throw it. */
function readFault(errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${code}: read`), { code, errno: -errno, syscall: 'read' })
}
