// A few descriptors kept open for reading, the least recently used closed first. Knows neither what they hold nor
// whether the name still stands: an unlinked file stays readable until it falls out.

import { closeSync, constants, openSync } from 'node:fs'
import { openFilesMax } from './limits.ts'

export class OpenFiles {
  readonly #byPath = new Map<string, number>()

  /** undefined when it cannot be opened. */
  open(path: string): number | undefined {
    return this.#keep(path, () => openSync(path, 'r'))
  }

  #keep(path: string, open: () => number): number | undefined {
    const known = this.#byPath.get(path)
    if (known !== undefined) {
      // a Map keeps insertion order: last in is last used
      this.#byPath.delete(path)
      this.#byPath.set(path, known)
      return known
    }
    try {
      const fd = open()
      this.#byPath.set(path, fd)
      if (this.#byPath.size > openFilesMax) this.forget(this.#byPath.keys().next().value ?? path)
      return fd
    } catch {
      return undefined
    }
  }

  /** The same for a path that need not be UTF-8. No link is followed at its end. */
  openBytes(path: Buffer): number | undefined {
    return this.#keep(keyOf(path), () =>
      openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW),
    )
  }

  forgetBytes(path: Buffer): void {
    this.forget(keyOf(path))
  }

  forget(path: string): void {
    const fd = this.#byPath.get(path)
    if (fd === undefined) return
    this.#byPath.delete(path)
    closeSync(fd)
  }

  close(): void {
    for (const path of [...this.#byPath.keys()]) this.forget(path)
  }
}

/** No path of the other kind looks like it. */
const keyOf = (path: Buffer): string => `bytes:${path.toString('latin1')}`
