// An independent look at a tree on a disk: what node:fs alone tells of each entry, by path, for two trees to be compared.
// Shares no code with what sends or receives trees.

import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'

export interface SeenEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly mode: string
  /** Nanoseconds; of links too. */
  readonly mtime: string
  readonly size?: number
  readonly sha256?: string
  /** Room on the disk in units of 512 bytes: holes show in it. */
  readonly blocks?: number
  readonly text?: string
  /** The least path of the same inode, where it has several names. */
  readonly firstName?: string
}

export interface LookOptions {
  /** The portable twin sets microseconds. */
  readonly timesIn?: 'nanos' | 'micros'
  readonly hasBlocks?: boolean
}

/** By path below `root`, latin1 for whatever bytes names are made of. The root itself is `.`. */
export function lookAtTree(root: string, options: LookOptions = {}): Map<string, SeenEntry> {
  const found = new Map<string, SeenEntry>()
  const firsts = new Map<string, string>()
  const visit = (path: Buffer, shown: string): void => {
    const stats = lstatSync(path, { bigint: true })
    const nanos = stats.mtimeNs
    const mtime = String(options.timesIn === 'micros' ? nanos / 1000n : nanos)
    const mode = (Number(stats.mode) & 0o7777).toString(8)
    if (stats.isDirectory()) {
      found.set(shown, { kind: 'directory', mode, mtime })
      for (const name of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare))
        visit(Buffer.concat([path, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`)
    } else if (stats.isSymbolicLink()) {
      const text = readlinkSync(path, { encoding: 'buffer' }).toString('latin1')
      found.set(shown, { kind: 'link', mode, mtime, text })
    } else if (stats.isFile()) {
      const key = `${stats.dev} ${stats.ino}`
      const first = firsts.get(key)
      if (first === undefined) firsts.set(key, shown)
      const entry = { kind: 'file' as const, mode, mtime, size: Number(stats.size), sha256: sha256(path) }
      const blocks = options.hasBlocks ? { blocks: Number(stats.blocks) } : {}
      found.set(shown, { ...entry, ...blocks, ...(first === undefined ? {} : { firstName: first }) })
    } else found.set(shown, { kind: 'other', mode, mtime })
  }
  visit(Buffer.from(root), '.')
  return found
}

const shownMax = 5

/** What differs, in words, or the first of it; empty when nothing does. */
export function differences(a: ReadonlyMap<string, SeenEntry>, b: ReadonlyMap<string, SeenEntry>): string[] {
  const words: string[] = []
  for (const [path, entry] of a) {
    const other = b.get(path)
    const [mine, theirs] = [JSON.stringify(entry), JSON.stringify(asFragmented(other, entry))]
    if (mine !== theirs) words.push(`${path}: ${mine} and ${theirs}`)
  }
  for (const path of b.keys()) if (!a.has(path)) words.push(`${path}: only in the second`)
  const more = words.length - shownMax
  return more > 0 ? [...words.slice(0, shownMax), `and ${more} more`] : words
}

/** Blocks that say where a file's pieces lie count as the file's own: as many as it has pieces. */
const fragmentBlocksMax = 64

function asFragmented(entry: SeenEntry | undefined, like: SeenEntry): SeenEntry | undefined {
  if (entry?.blocks === undefined || like.blocks === undefined) return entry
  const isNear = Math.abs(entry.blocks - like.blocks) <= fragmentBlocksMax && like.blocks > fragmentBlocksMax
  return isNear ? { ...entry, blocks: like.blocks } : entry
}

function sha256(path: Buffer): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  const fd = openSync(path, 'r')
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count))
  } finally {
    closeSync(fd)
  }
  return hash.digest('hex')
}
