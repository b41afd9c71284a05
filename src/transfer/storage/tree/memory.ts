// What is remembered of trees that were sent or received: for each top its last manifest and image, and the state each of
// its entries was in then. It saves reading what has not changed; losing it costs time, never truth. One file a top, in the
// pool's directory. Knows paths and marks, no content.

import { createHash } from 'node:crypto'
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex, toHex } from '../../../base/bytes.ts'
import { readFully, writeFully } from '../../../host/file.ts'
import { besideOf } from '../../../host/keep.ts'

export interface RememberedTop {
  readonly manifest: Uint8Array
  readonly image: Uint8Array
  /** The top's own name in that manifest. */
  readonly name: Uint8Array
  readonly takenAtNanos: bigint
  /** Of the top and all below it, in the manifest's order: device, inode and ctime of each. */
  readonly marks: BigUint64Array
}

interface Header {
  readonly version: 1
  readonly manifest: string
  readonly image: string
  readonly name: string
  readonly takenAt: string
  readonly count: number
}

/** Bytes of one entry's marks; in this machine's own order, for the file never leaves it. */
const markBytes = 3 * 8
const headerBytesMax = 4096

export class TreeMemory {
  readonly #directory: string

  /** @param poolDirectory ids mean something in their own pool only */
  constructor(poolDirectory: string) {
    this.#directory = join(poolDirectory, 'trees')
  }

  /** What was last said of this path. undefined: nothing, or nothing that makes sense. */
  recall(path: Uint8Array): RememberedTop | undefined {
    let fd: number
    try {
      fd = openSync(this.#place(path), 'r')
    } catch {
      return undefined
    }
    try {
      return read(fd)
    } catch {
      return undefined
    } finally {
      closeSync(fd)
    }
  }

  remember(path: Uint8Array, top: RememberedTop): void {
    const header: Header = {
      version: 1,
      manifest: toHex(top.manifest),
      image: toHex(top.image),
      name: toHex(top.name),
      takenAt: String(top.takenAtNanos),
      count: top.marks.length / 3,
    }
    const marks = new Uint8Array(top.marks.buffer, top.marks.byteOffset, top.marks.byteLength)
    const place = this.#place(path)
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const beside = besideOf(place)
    const line = Buffer.from(`${JSON.stringify(header)}\n`)
    writeFileSync(beside, line, { mode: 0o600 })
    const fd = openSync(beside, 'r+')
    try {
      writeFully(fd, marks, line.length, beside)
    } finally {
      closeSync(fd)
    }
    renameSync(beside, place)
  }

  #place(path: Uint8Array): string {
    const key = createHash('sha256').update(path).digest('hex').slice(0, 32)
    return join(this.#directory, `${key}.top`)
  }
}

/** The marks of a million entries are not to be in memory twice. */
function read(fd: number): RememberedTop | undefined {
  const head = Buffer.alloc(headerBytesMax)
  const lineEnd = head.subarray(0, readSync(fd, head, 0, headerBytesMax, 0)).indexOf(0x0a)
  const header = lineEnd < 0 ? undefined : parseHeader(head.toString('utf8', 0, lineEnd))
  const manifest = header && fromHex(header.manifest)
  const image = header && fromHex(header.image)
  const name = header && fromHex(header.name)
  if (!header || !name || manifest?.length !== 32 || image?.length !== 32) return undefined
  if (fstatSync(fd).size !== lineEnd + 1 + header.count * markBytes) return undefined
  const marks = new BigUint64Array(3 * header.count)
  if (readFully(fd, new Uint8Array(marks.buffer), lineEnd + 1) !== marks.byteLength) return undefined
  return { manifest, image, name, takenAtNanos: BigInt(header.takenAt), marks }
}

function parseHeader(text: string): Header | undefined {
  try {
    const header = JSON.parse(text) as Header
    const isOurs =
      header.version === 1 &&
      Number.isSafeInteger(header.count) &&
      header.count >= 0 &&
      /^-?\d{1,20}$/.test(header.takenAt)
    return isOurs ? header : undefined
  } catch {
    return undefined
  }
}
