// Of what was done below a directory, that which a power cut could still take: files that were made, and directories whose
// names changed. Knows paths, and how they change with a rename; not how one is synced.

import { slash } from './below.ts'
import type { Below } from './confined.ts'

/** At once: node has four threads for it, and each wants another behind it. */
const concurrency = 8

/** undefined: the held directory itself. */
type Place = Below | undefined

export class Unsynced {
  // bytes as latin1, because sets know no equal arrays; '' is the held directory
  readonly #files = new Set<string>()
  readonly #directories = new Set<string>()

  addFile(path: Below): void {
    this.#files.add(keyOf(path))
  }

  addDirectory(path: Below): void {
    this.#directories.add(keyOf(path))
  }

  /** A name was added or taken away. */
  addName(path: Below): void {
    this.#directories.add(keyOf(path.subarray(0, Math.max(0, path.lastIndexOf(slash)))))
  }

  /** @param isTree what was below it is gone as well */
  forget(path: Below, isTree: boolean): void {
    for (const set of [this.#files, this.#directories])
      for (const key of concerned(set, keyOf(path), isTree)) set.delete(key)
  }

  /** It is now in another place, perhaps of another directory that is held. @param isTree with all below it */
  move(from: Below, target: Unsynced, to: Below, isTree: boolean): void {
    target.forget(to, false)
    const [old, now] = [keyOf(from), keyOf(to)]
    const pairs = [
      [this.#files, target.#files],
      [this.#directories, target.#directories],
    ] as const
    for (const [source, into] of pairs)
      for (const key of concerned(source, old, isTree)) {
        source.delete(key)
        into.add(now + key.slice(old.length))
      }
  }

  /** What fails stays to be synced; the first fault is thrown once all were tried. */
  async flush(sync: (place: Place, isDirectory: boolean) => Promise<void>): Promise<void> {
    await drain(this.#files, key => sync(placeOf(key), false))
    await drain(this.#directories, key => sync(placeOf(key), true))
  }
}

const keyOf = (path: Below): string => Buffer.from(path).toString('latin1')
const placeOf = (key: string): Place => (key === '' ? undefined : Buffer.from(key, 'latin1'))

function concerned(set: ReadonlySet<string>, path: string, isTree: boolean): string[] {
  if (!isTree) return set.has(path) ? [path] : []
  const inside = `${path}/`
  return [...set].filter(key => key === path || key.startsWith(inside))
}

async function drain(set: Set<string>, sync: (key: string) => Promise<void>): Promise<void> {
  // one iterator for all: it also sees what a rename puts in meanwhile
  const keys = set.values()
  const work = async (): Promise<void> => {
    for (const key of keys) {
      await sync(key)
      set.delete(key)
    }
  }
  const results = await Promise.allSettled(Array.from({ length: concurrency }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
