// The folder that takes a qlog file for each connection. A file is begun once its peer has proven to be there, or when we
// are who connects: INITs that anybody can send leave nothing on the disk. Knows files and their number; not what is in them.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import type { Micros } from '../../base/units.ts'
import type { Observed, Observer } from '../../proto/observer.ts'
import { RecordFile } from './record_file.ts'
import { type Sink, Trace } from './trace.ts'

/** Peers that we have not asked for may come and go for ever: no further files then. */
const filesMax = 1024
/** Records of a connection that has no file yet: a handshake has about ten. */
const earlyRecordsMax = 64

export class QlogFolder {
  readonly #path: string
  readonly #onTrouble: (text: string) => void
  readonly #open = new Set<Pending>()
  #files = 0
  #dropped = 0

  private constructor(path: string, onTrouble: (text: string) => void) {
    this.#path = path
    this.#onTrouble = onTrouble
  }

  /** Makes the folder where it is missing. @param onTrouble hears, in a sentence, what cannot be written */
  static async open(path: string, onTrouble: (text: string) => void): Promise<QlogFolder> {
    try {
      await mkdir(path, { recursive: true })
    } catch (error) {
      throw new PfsError('PFS_WRITE', path, {
        cause: error,
        hint: '--qlog takes a folder that can be written.',
      })
    }
    return new QlogFolder(path, onTrouble)
  }

  /** Records that were made and not written, of all files. */
  get dropped(): number {
    let sum = this.#dropped
    for (const pending of this.#open) sum += pending.dropped
    return sum
  }

  readonly observe = (now: Micros, connection: Observed): Observer => {
    const name = `${connection.role}-${toHex(connection.localId)}.sqlog`
    const pending = new Pending(
      () => (this.#files++ < filesMax ? new RecordFile(join(this.#path, name), this.#onFault) : undefined),
      () => void this.#close(pending),
    )
    this.#open.add(pending)
    return new Trace(now, connection, pending, Date.now())
  }

  /** All that was told is in the files; what is told later is dropped. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(pending => this.#close(pending)))
    if (this.#dropped > 0)
      this.#onTrouble(`the qlog lacks ${this.#dropped} records: the disk did not keep up`)
  }

  async #close(pending: Pending): Promise<void> {
    await pending.close()
    if (this.#open.delete(pending)) this.#dropped += pending.dropped
  }

  readonly #onFault = (error: unknown): void => {
    this.#onTrouble(`the qlog cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Records in memory until they are worth a file. */
class Pending implements Sink {
  readonly #createFile: () => RecordFile | undefined
  readonly #onEnd: () => void
  #early: object[] | undefined = []
  #file: RecordFile | undefined
  #missing = 0

  constructor(createFile: () => RecordFile | undefined, onEnd: () => void) {
    this.#createFile = createFile
    this.#onEnd = onEnd
  }

  get dropped(): number {
    return this.#missing + (this.#file?.dropped ?? 0)
  }

  append(record: object): void {
    if (this.#file) this.#file.append(record)
    else if (this.#early && this.#early.length < earlyRecordsMax) this.#early.push(record)
    else this.#missing++
  }

  keep(): void {
    const early = this.#early
    if (!early) return
    this.#early = undefined
    this.#file = this.#createFile()
    for (const record of early) this.append(record)
  }

  end(): void {
    this.#onEnd()
  }

  async close(): Promise<void> {
    // of a peer that proved nothing nothing is missed
    if (this.#early) this.#missing = 0
    this.#early = undefined
    await this.#file?.end()
  }
}
