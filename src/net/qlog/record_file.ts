// A file of JSON records (RFC 7464), written behind whoever makes them: append() only puts a record in line, and where the
// line is full, or the file as long as it may be, or the disk does not take it, records are dropped and counted. Knows no
// record.

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

/** Records in line for the disk: some 20,000, half a second of a fast connection. */
const queuedBytesMax = 4 * 1024 * 1024
/** One file: an hour of a fast connection; what a peer can make us write is bounded. */
const fileBytesMax = 256 * 1024 * 1024
/** Written at once when so much is there … */
const batchBytes = 64 * 1024
/** … or else after so long: what a killed process leaves is nearly all. */
const batchMillis = 200

const separator = '\x1e'

export class RecordFile {
  /** Records that are not in the file and never will be. */
  dropped = 0
  readonly #path: string
  readonly #onFault: (error: unknown) => void
  #handle: FileHandle | undefined
  #queue: string[] = []
  #queuedBytes = 0
  #fileBytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #isEnded = false
  #hasFailed = false

  /** @param onFault hears once that the disk does not take it */
  constructor(path: string, onFault: (error: unknown) => void) {
    this.#path = path
    this.#onFault = onFault
  }

  append(record: object): void {
    const text = `${separator}${JSON.stringify(record)}\n`
    const isFull =
      this.#queuedBytes + text.length > queuedBytesMax || this.#fileBytes + text.length > fileBytesMax
    if (isFull || this.#isEnded || this.#hasFailed) {
      this.dropped++
      return
    }
    this.#queue.push(text)
    this.#queuedBytes += text.length
    this.#fileBytes += text.length
    if (this.#queuedBytes >= batchBytes) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), batchMillis).unref()
  }

  /** Resolves when all that was appended is in the file, or is not going to be. */
  async end(): Promise<void> {
    this.#isEnded = true
    this.#write()
    await this.#writing
    await this.#handle?.close().catch(() => {})
    this.#handle = undefined
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue
      const bytes = this.#queuedBytes
      this.#queue = []
      try {
        // never into a file that is there, and not for everybody's eyes: it says who talked to whom, and when
        this.#handle ??= await open(this.#path, 'wx', 0o600)
        await this.#handle.writeFile(batch.join(''))
        this.#queuedBytes -= bytes
      } catch (error) {
        this.#fail(error, batch.length)
      }
    }
  }

  #fail(error: unknown, records: number): void {
    this.dropped += records + this.#queue.length
    this.#queue = []
    this.#queuedBytes = 0
    if (!this.#hasFailed) this.#onFault(error)
    this.#hasFailed = true
  }
}
