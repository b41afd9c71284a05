// The one segment this process appends to. Records gather in memory and go out in large writes; nothing is durable
// before `sync`. Knows no index: whoever owns it decides when to commit and when it is full.
//
// A segment's first record, its head, names the pool and the process that writes it, so that whoever finds it
// unsealed can tell a live writer from a dead one. Its last, the seal, says that it will never change again.

import { closeSync, fdatasyncSync, ftruncateSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Reader, readU32, Writer } from '../base/bytes.ts'
import { rowBytes } from '../cut/recipe.ts'
import { diskFault, errnoOf, syncDirectory, writeFully } from '../host/file.ts'
import { type ProcessMark, thisProcess } from '../host/lock.ts'
import { nativePutRecords, type PutRecords } from '../host/records.ts'
import { Writeback } from '../host/writeback.ts'
import { gatherBytes, recordBytesMax } from './limits.ts'
import { type Checksum, portablePutRecords, putRecord, recordBytes, recordTypes } from './record.ts'

const noId = new Uint8Array(32)

export class SegmentWriter {
  readonly number: number
  readonly fd: number
  readonly #checksum: Checksum
  readonly #put: PutRecords
  readonly #directory: string
  readonly #writeback: Writeback
  readonly #gather = new Uint8Array(gatherBytes + recordBytes(recordBytesMax))
  #gathered = 0
  #writtenBytes = 0
  #syncedBytes = 0
  #isNameSynced = false
  #recordCount = 0

  private constructor(directory: string, number: number, fd: number, checksum: Checksum) {
    this.#directory = directory
    this.number = number
    this.fd = fd
    this.#writeback = new Writeback(fd)
    this.#checksum = checksum
    this.#put = nativePutRecords() ?? portablePutRecords(checksum)
  }

  /** Makes a new segment under the first free number; several processes may try at once. */
  static create(directory: string, poolId: Uint8Array, checksum: Checksum): SegmentWriter {
    for (let number = nextNumber(directory); ; number++) {
      try {
        const fd = openSync(segmentPath(directory, number), 'wx+', 0o600)
        return new SegmentWriter(directory, number, fd, checksum).#begin(poolId)
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw diskFault(error, 'PFS_WRITE', directory)
      }
    }
  }

  #begin(poolId: Uint8Array): this {
    try {
      this.append(recordTypes.head, headId(poolId), encodeMark(thisProcess()))
      this.flush()
      return this
    } catch (error) {
      this.close()
      rmSync(segmentPath(this.#directory, this.number), { force: true })
      throw error
    }
  }

  /** Where the next record goes. */
  get sizeBytes(): number {
    return this.#writtenBytes + this.#gathered
  }

  /** Bytes of the file that can be read back. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Returns the record's offset. */
  append(type: number, id: Uint8Array, payload: Uint8Array): number {
    const offset = this.sizeBytes
    putRecord(this.#gather, this.#gathered, { type, id, payload, offset }, this.#checksum)
    this.#gathered += recordBytes(payload.length)
    this.#recordCount++
    if (this.#gathered >= gatherBytes) this.flush()
    return offset
  }

  /** Chunks one behind another, as rows of a recipe and their bytes. Returns the offset of the first's record. */
  appendChunks(rows: Uint8Array, chunks: Uint8Array): number {
    const offset = this.sizeBytes
    let from = 0
    for (let row = 0; row < rows.length; ) {
      let end = row
      let bytes = 0
      for (let room = gatherBytes - this.#gathered; end < rows.length && room > 0; end += rowBytes) {
        const length = readU32(rows, end)
        bytes += length
        room -= recordBytes(length)
      }
      const some = chunks.subarray(from, from + bytes)
      const at = this.#gathered
      this.#gathered = this.#put(
        recordTypes.chunk,
        rows.subarray(row, end),
        some,
        this.sizeBytes,
        this.#gather,
        at,
      )
      this.#recordCount += (end - row) / rowBytes
      if (this.#gathered >= gatherBytes) this.flush()
      row = end
      from += bytes
    }
    return offset
  }

  /** Hands what is gathered to the system: readable, not yet durable. */
  flush(): void {
    if (this.#gathered === 0) return
    const bytes = this.#gather.subarray(0, this.#gathered)
    writeFully(this.fd, bytes, this.#writtenBytes, segmentPath(this.#directory, this.number))
    this.#writeback.wrote(this.#writtenBytes, this.sizeBytes)
    this.#writtenBytes += this.#gathered
    this.#gathered = 0
  }

  /** Makes everything appended so far durable, the file's name included. */
  sync(): void {
    this.flush()
    try {
      if (this.#syncedBytes !== this.#writtenBytes) fdatasyncSync(this.fd)
      if (!this.#isNameSynced) syncDirectory(this.#directory)
    } catch (error) {
      throw diskFault(error, 'PFS_WRITE', segmentPath(this.#directory, this.number))
    }
    this.#syncedBytes = this.#writtenBytes
    this.#isNameSynced = true
  }

  /** Appends the seal and makes it durable. The descriptor stays open until `close`. */
  seal(): void {
    this.append(recordTypes.seal, noId, sealPayload(this.#recordCount, this.sizeBytes))
    this.sync()
  }

  /** After a failed write: forgets all that was not durable, so that the next append starts on firm ground. */
  rewind(): void {
    this.#gathered = 0
    this.#writtenBytes = this.#syncedBytes
    try {
      ftruncateSync(this.fd, this.#syncedBytes)
    } catch {
      // what stays behind is a torn tail, which the next scan knows
    }
  }

  close(): void {
    this.#writeback.stop()
    closeSync(this.fd)
  }
}

export const segmentName = (number: number): string => `${number.toString(16).padStart(8, '0')}.seg`
export const segmentPath = (directory: string, number: number): string => join(directory, segmentName(number))

/** The numbers of all segments there are, ascending. */
export function listSegments(directory: string): number[] {
  const numbers: number[] = []
  for (const name of readdirSync(directory)) {
    const digits = /^([0-9a-f]{8})\.seg$/.exec(name)?.[1]
    if (digits) numbers.push(Number.parseInt(digits, 16))
  }
  return numbers.sort((a, b) => a - b)
}

const nextNumber = (directory: string): number => (listSegments(directory).at(-1) ?? 0) + 1

/** The head's id: the pool's, so that a segment of another pool is never taken for ours. */
export function headId(poolId: Uint8Array): Uint8Array {
  const id = new Uint8Array(32)
  id.set(poolId)
  return id
}

/** Head { Process (32), Start Ticks (64), Boot (128), Process Namespace (64) } */
export const markPayloadBytes = 36

function encodeMark(mark: ProcessMark): Uint8Array {
  const w = new Writer(new Uint8Array(markPayloadBytes))
  w.u32(mark.pid)
  w.u64(mark.startTicks)
  w.bytes(Buffer.from(mark.bootId.padEnd(32, '0'), 'hex'))
  w.u64(mark.pidNamespace)
  return w.written()
}

/** The process that a head names; undefined when it is malformed. */
export function decodeMark(payload: Uint8Array): ProcessMark | undefined {
  const r = new Reader(payload)
  const pid = r.u32()
  const startTicks = r.u64()
  const bootId = Buffer.from(r.bytes(16)).toString('hex')
  const pidNamespace = r.u64()
  return r.failed || r.left > 0 ? undefined : { pid, startTicks, bootId, pidNamespace }
}

/** A whole seal record, for a segment whose writer died. */
export function encodeSealRecord(offset: number, records: number, checksum: Checksum): Uint8Array {
  const payload = sealPayload(records, offset)
  const bytes = new Uint8Array(recordBytes(payload.length))
  putRecord(bytes, 0, { type: recordTypes.seal, id: noId, payload, offset }, checksum)
  return bytes
}

/** Seal { Records (32), Bytes before it (64) } */
function sealPayload(records: number, bytes: number): Uint8Array {
  const w = new Writer(new Uint8Array(12))
  w.u32(records)
  w.u64(bytes)
  return w.written()
}
