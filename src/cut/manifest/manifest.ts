// A whole manifest: read from a peer's or a disk's bytes by every rule, and written entry by entry. Holds the bytes and a
// few numbers an entry, so that a million of them are no burden; an entry is decoded when it is asked for.
// PROTOCOL.md §13.6-1, §13.6-2

import { assert } from '../../base/assert.ts'
import { Reader, Writer } from '../../base/bytes.ts'
import { blobBytesMax } from '../limits.ts'
import {
  decodeEntry,
  type EntryFault,
  encodeEntry,
  entryBytesMax,
  kindNames,
  type ManifestEntry,
} from './entry.ts'
import {
  entriesMax,
  holesMax,
  linkTextBytesMax,
  manifestBytesMax,
  nameBytesMax,
  pathBytesMax,
} from './limits.ts'

const magic = 0x7066736d
const version = 1
const headBytes = 5
/** Kind, depth, the length of a name of one byte, mode and time. */
const entryBytesMin = 18

export type ManifestFault =
  | EntryFault
  | 'bad_magic'
  | 'bad_version'
  | 'too_long'
  | 'too_many'
  | 'empty'
  | 'bad_depth'
  | 'bad_name'
  | 'not_ascending'
  | 'path_too_long'
  | 'bad_text'
  | 'bad_first'
  | 'too_large'

export class Manifest {
  readonly bytes: Uint8Array
  readonly count: number
  /** Of all files together: the size of the image. */
  readonly imageBytes: number
  readonly #positions: Uint32Array
  readonly #parents: Int32Array
  readonly #sizes: Float64Array

  /** Only `parseManifest` and `ManifestWriter` know that these belong together. */
  constructor(bytes: Uint8Array, columns: Columns) {
    this.bytes = bytes
    this.count = columns.count
    this.imageBytes = columns.imageBytes
    this.#positions = columns.positions
    this.#parents = columns.parents
    this.#sizes = columns.sizes
  }

  entry(index: number): ManifestEntry {
    assert(index >= 0 && index < this.count, 'an entry of the manifest')
    const entry = decodeEntry(new Reader(this.bytes.subarray(this.#positions[index])))
    assert(typeof entry !== 'string', 'an entry that was read before')
    return entry
  }

  // what is asked for of every entry, many times: read where it lies instead of decoding the whole

  kind(index: number): ManifestEntry['kind'] {
    return kindNames[(this.bytes[this.#positions[index]!]! >> 4) - 1]!
  }

  depth(index: number): number {
    let depth = 0
    for (let at = this.parent(index); at >= 0; at = this.parent(at)) depth++
    return depth
  }

  /** A view. */
  name(index: number): Uint8Array {
    const { bytes } = this
    let at = this.#positions[index]! + 1
    at += 1 << (bytes[at]! >> 6) // the depth
    const first = bytes[at]!
    // 255 at most: a varint of one byte or two
    const length = first < 0x40 ? first : ((first & 0x3f) << 8) | bytes[at + 1]!
    const start = at + (first < 0x40 ? 1 : 2)
    return bytes.subarray(start, start + length)
  }

  /** Where its bytes lie in the manifest. */
  bytesOf(index: number): { readonly start: number; readonly end: number } {
    const end = index + 1 < this.count ? this.#positions[index + 1]! : this.bytes.length
    return { start: this.#positions[index]!, end }
  }

  /** Regular files among the entries. */
  countFiles(): number {
    let count = 0
    for (let index = 0; index < this.count; index++) if (this.kind(index) === 'file') count++
    return count
  }

  /** The directory it lies in; -1 at the top. */
  parent(index: number): number {
    return this.#parents[index]!
  }

  /** Bytes it has in the image: 0 for all but files. */
  sizeBytes(index: number): number {
    return this.#sizes[index]!
  }

  /** Its names from the top down. */
  components(index: number): Uint8Array[] {
    const names: Uint8Array[] = []
    for (let at = index; at >= 0; at = this.parent(at)) names.push(this.name(at))
    return names.reverse()
  }

  /** Its names from the top down, joined by `/`. */
  path(index: number): Uint8Array {
    return this.pathIn(scratch, index).slice()
  }

  /**
   * The same, in memory of the caller's: a million paths of four thousand bytes are much to clear away.
   * @param target of pathBytesMax; what is returned is its end
   */
  pathIn(target: Uint8Array, index: number): Uint8Array {
    let start = target.length
    for (let at = index; at >= 0; at = this.parent(at)) {
      const name = this.name(at)
      if (at !== index) target[--start] = slash
      start -= name.length
      target.set(name, start)
    }
    return target.subarray(start)
  }
}

interface Columns {
  count: number
  imageBytes: number
  /** By index: where the entry begins, the index of its directory, and its bytes in the image. */
  positions: Uint32Array
  parents: Int32Array
  sizes: Float64Array
}

const slash = 0x2f

const scratch = new Uint8Array(pathBytesMax)

/** The one open directory at each depth, and what its next entry must be greater than. */
interface Level {
  directory: number
  /** Of the directory's own path, with the `/` behind it. */
  pathBytes: number
  last: Uint8Array | undefined
}

/** Takes entries in order, and says which rule one breaks. Knows no bytes but names. */
class Rules {
  readonly columns: Columns
  readonly #levels: Level[] = [{ directory: -1, pathBytes: 0, last: undefined }]
  /** By index: 1 for a file. */
  #files: Uint8Array

  /** @param room entries there may be: what is not used of it is never touched, and takes no memory */
  constructor(room = 64) {
    this.columns = {
      count: 0,
      imageBytes: 0,
      positions: new Uint32Array(room),
      parents: new Int32Array(room),
      sizes: new Float64Array(room),
    }
    this.#files = new Uint8Array(room)
  }

  /** @param position where the entry's bytes begin */
  add(entry: ManifestEntry, position: number): ManifestFault | undefined {
    const { columns } = this
    const index = columns.count
    if (index === entriesMax) return 'too_many'
    if (entry.depth >= this.#levels.length) return 'bad_depth'
    this.#levels.length = entry.depth + 1
    const level = this.#levels[entry.depth]!
    const fault = nameFault(entry, level) ?? this.#contentFault(entry)
    if (fault) return fault
    if (index === columns.positions.length) this.#widen()
    columns.positions[index] = position
    columns.parents[index] = level.directory
    columns.sizes[index] = entry.kind === 'file' ? entry.sizeBytes : 0
    columns.imageBytes += columns.sizes[index]!
    columns.count++
    this.#files[index] = entry.kind === 'file' ? 1 : 0
    level.last = entry.name
    if (entry.kind === 'directory') {
      const pathBytes = level.pathBytes + entry.name.length + 1
      this.#levels.push({ directory: index, pathBytes, last: undefined })
    }
    return columns.imageBytes > blobBytesMax ? 'too_large' : undefined
  }

  #contentFault(entry: ManifestEntry): ManifestFault | undefined {
    if (entry.kind === 'link') {
      const { text } = entry
      return text.length < 1 || text.length > linkTextBytesMax || text.includes(0) ? 'bad_text' : undefined
    }
    if (entry.kind === 'file' && (entry.holes?.length ?? 0) > holesMax) return 'bad_holes'
    return entry.kind === 'name' && this.#files[entry.first] !== 1 ? 'bad_first' : undefined
  }

  #widen(): void {
    const { columns } = this
    const room = 2 * columns.count
    columns.positions = widened(columns.positions, new Uint32Array(room))
    columns.parents = widened(columns.parents, new Int32Array(room))
    columns.sizes = widened(columns.sizes, new Float64Array(room))
    this.#files = widened(this.#files, new Uint8Array(room))
  }
}

function nameFault({ name }: ManifestEntry, { last, pathBytes }: Level): ManifestFault | undefined {
  if (name.length < 1 || name.length > nameBytesMax || name.includes(slash) || name.includes(0))
    return 'bad_name'
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return 'bad_name'
  if (pathBytes + name.length > pathBytesMax) return 'path_too_long'
  return last && compareNames(last, name) >= 0 ? 'not_ascending' : undefined
}

/** By bytes; a name that begins with the other is the greater. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function widened<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from as never)
  return to
}

/** Bytes that nobody vouches for: the manifest, which keeps them, or the first rule they break. */
export function parseManifest(bytes: Uint8Array): Manifest | ManifestFault {
  if (bytes.length > manifestBytesMax) return 'too_long'
  const r = new Reader(bytes)
  if (r.u32() !== magic) return r.failed ? 'truncated' : 'bad_magic'
  if (r.u8() !== version) return r.failed ? 'truncated' : 'bad_version'
  const rules = new Rules(Math.min(entriesMax, Math.ceil(bytes.length / entryBytesMin)))
  while (r.left > 0) {
    const position = r.position
    const entry = decodeEntry(r)
    const fault = typeof entry === 'string' ? entry : rules.add(entry, position)
    if (fault) return fault
  }
  return rules.columns.count === 0 ? 'empty' : new Manifest(bytes, rules.columns)
}

/** Collects entries that the caller found in order; the store doubles. */
export class ManifestWriter {
  #bytes = new Uint8Array(4096)
  #used = headBytes
  readonly #rules = new Rules()

  constructor() {
    const w = new Writer(this.#bytes)
    w.u32(magic)
    w.u8(version)
  }

  get count(): number {
    return this.#rules.columns.count
  }

  /** The rule it breaks, and then it is left out; undefined: it is in. */
  add(entry: ManifestEntry): ManifestFault | undefined {
    const room = entryBytesMax(entry)
    if (this.#used + room > manifestBytesMax) return 'too_long'
    if (this.#used + room > this.#bytes.length)
      this.#bytes = widened(this.#bytes, new Uint8Array(2 * (this.#used + room)))
    const own = { ...entry, name: entry.name.slice() }
    const fault = this.#rules.add(own, this.#used)
    if (fault) return fault
    const w = new Writer(this.#bytes, this.#used)
    encodeEntry(w, entry)
    this.#used = w.position
    return undefined
  }

  /** A view of what was added. */
  finish(): Manifest {
    return new Manifest(this.#bytes.subarray(0, this.#used), this.#rules.columns)
  }
}
