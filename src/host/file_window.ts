// A buffer over a file that is read from front to back, and the state of it in an array that the addon shares. Knows
// neither chunks nor how to read.

/** The places of a window's cursor; native/bind_cut.cc has the same list. */
const places = { offset: 0, start: 1, end: 2, searched: 3, errno: 4, isShort: 5 } as const

/** A buffer over a file: what of it was read, and is not yet given out as chunks, lies in [start, end). */
export class FileWindow {
  readonly buffer: Uint8Array
  /** The state, as the addon shares it. */
  readonly cursor = new Float64Array(Object.keys(places).length)

  /** @param offset where a chunk begins in the file · @param buffer holds the longest chunk and a byte, or all there is */
  constructor(offset: number, buffer: Uint8Array) {
    this.buffer = buffer
    this.cursor[places.offset] = offset
  }

  /** In the file, of buffer[start]. */
  get offset(): number {
    return this.cursor[places.offset]!
  }
  get start(): number {
    return this.cursor[places.start]!
  }
  get end(): number {
    return this.cursor[places.end]!
  }
  get errno(): number {
    return this.cursor[places.errno]!
  }
  /** The last call found the file's end before the limit. */
  get isShort(): boolean {
    return this.cursor[places.isShort] !== 0
  }

  /** The same state over another buffer, to whose front goes what is not yet given out. */
  movedTo(buffer: Uint8Array): FileWindow {
    const open = this.buffer.subarray(this.start, this.end)
    buffer.set(open)
    const moved = new FileWindow(this.offset, buffer)
    moved.cursor[places.end] = open.length
    moved.cursor[places.searched] = this.cursor[places.searched]!
    return moved
  }

  set(offset: number, start: number, end: number, isShort: boolean): void {
    this.cursor[places.offset] = offset
    this.cursor[places.start] = start
    this.cursor[places.end] = end
    this.cursor[places.isShort] = isShort ? 1 : 0
  }
}
