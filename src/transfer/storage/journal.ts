// The journal of one object being received: which ranges of its part file hold bytes that were written. One line of
// JSON that says what it is, then 16-byte records (start, end), appended after the write they speak of. A record that
// is torn, or that a power cut made untrue, costs bytes, never truth: the blob id judges the whole (PROTOCOL.md §15).

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Reader, Writer } from '../../base/bytes.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { diskFault, errnoOf, writeFully } from '../../host/file.ts'

export interface JournalHeader {
  readonly version: 1
  /** Hex of the transfer id. */
  readonly transfer: string
  /** The sender's peer id. */
  readonly peer: string
  readonly target: string
  readonly part: string
  readonly size: number
  readonly started: string
  /** Of a tree: what its positions are positions of. */
  readonly tree?: { readonly manifest: string; readonly unwanted: readonly Range[] }
}

const recordBytes = 16
/** What a journal may grow to before it is written anew: 64 Ki records. */
const journalBytesMax = 1024 * 1024

export interface ReadJournal {
  readonly header: JournalHeader
  readonly held: RangeSet
}

/** What is held, or undefined when there is no journal or it is not one. */
export function readJournal(path: string): ReadJournal | undefined {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw diskFault(error, 'PFS_READ', path)
  }
  const lineEnd = bytes.indexOf(0x0a)
  const header = lineEnd < 0 ? undefined : parseHeader(new TextDecoder().decode(bytes.subarray(0, lineEnd)))
  if (!header) return undefined
  const held = new RangeSet()
  const records = bytes.subarray(lineEnd + 1)
  const reader = new Reader(records)
  for (let left = Math.floor(records.length / recordBytes); left > 0; left--) {
    const start = reader.u64()
    const end = reader.u64()
    if (reader.failed) break
    if (start < end && end <= header.size) held.add(start, end)
  }
  return { header, held }
}

function parseHeader(text: string): JournalHeader | undefined {
  try {
    const header = JSON.parse(text) as JournalHeader
    return header.version === 1 && Number.isSafeInteger(header.size) ? header : undefined
  } catch {
    return undefined
  }
}

export class Journal {
  readonly #path: string
  readonly #header: Uint8Array
  readonly #held: RangeSet
  #fd: number
  #at = 0
  #isOpen = true

  /** Starts anew with what is `held` already; any older journal at `path` is replaced. */
  constructor(path: string, header: JournalHeader, held: RangeSet) {
    this.#path = path
    this.#held = held
    this.#header = new TextEncoder().encode(`${JSON.stringify(header)}\n`)
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', dirname(path))
    }
    this.#fd = this.#rewrite()
  }

  get held(): RangeSet {
    return this.#held
  }

  /** The bytes of [start, end) are in the part file. */
  add(start: number, end: number): void {
    this.#held.add(start, end)
    if (this.#at + recordBytes > journalBytesMax) return this.#startAnew()
    this.#append(record(start, end))
  }

  /** What the part file holds there turned out wrong, or must come again. */
  remove(ranges: readonly Range[]): void {
    for (const { start, end } of ranges) this.#held.remove(start, end)
    this.#startAnew()
  }

  /** Replaces the file as a whole, so that a kill leaves either the old one or the new. */
  #rewrite(): number {
    const ranges = [...this.#held]
    const bytes = new Uint8Array(this.#header.length + ranges.length * recordBytes)
    bytes.set(this.#header)
    const writer = new Writer(bytes, this.#header.length)
    for (const { start, end } of ranges) {
      writer.u64(start)
      writer.u64(end)
    }
    const beside = `${this.#path}.new`
    try {
      const fd = openSync(beside, 'w', 0o600)
      writeFully(fd, bytes, 0, beside)
      renameSync(beside, this.#path)
      this.#at = bytes.length
      return fd
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', this.#path)
    }
  }

  #startAnew(): void {
    const old = this.#fd
    this.#fd = this.#rewrite()
    closeSync(old)
  }

  #append(bytes: Uint8Array): void {
    writeFully(this.#fd, bytes, this.#at, this.#path)
    this.#at += bytes.length
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd)
    this.#isOpen = false
  }

  /** The object is where it belongs: nothing is left to resume. */
  discard(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }
}

function record(start: number, end: number): Uint8Array {
  const writer = new Writer(new Uint8Array(recordBytes))
  writer.u64(start)
  writer.u64(end)
  return writer.written()
}
