// Manifests no walk would ever make, written from a short description: as many entries, as long names and as deep paths as
// one asks for, right or wrong. Checks nothing: that is the receiver's part. PROTOCOL.md §13.6

import { concat, Writer } from '../../src/base/bytes.ts'
import { encodeEntry, entryBytesMax, type ManifestEntry } from '../../src/cut/manifest/entry.ts'

/** What to write. Bytes of names and texts are latin-1 here, so that any byte can be said in JSON. */
export type ManifestPlan =
  /** Directories of files of one size, all names of one length. */
  | {
      readonly kind: 'files'
      readonly count: number
      readonly perDirectory: number
      readonly nameBytes: number
      readonly sizeBytes: number
    }
  /** One file that is nothing but holes of one byte, a byte of data between them. */
  | { readonly kind: 'holes'; readonly files: number; readonly holesPerFile: number }
  /** A chain of directories with names of one length, and at its end so many links of one text. */
  | {
      readonly kind: 'links'
      readonly depth: number
      readonly nameBytes: number
      readonly count: number
      readonly text: string
    }
  /** Entry by entry. */
  | { readonly kind: 'entries'; readonly entries: readonly PlannedEntry[] }

export interface PlannedEntry {
  readonly kind: ManifestEntry['kind']
  readonly name: string
  readonly depth?: number
  readonly mode?: number
  readonly seconds?: number
  readonly nanos?: number
  readonly sizeBytes?: number
  readonly holes?: readonly (readonly [start: number, end: number])[]
  readonly text?: string
  readonly first?: number
}

const head = Uint8Array.of(0x70, 0x66, 0x73, 0x6d, 1)
const growthBytes = 1024 * 1024

export function makeManifest(plan: ManifestPlan): Uint8Array {
  const sheet = new Sheet()
  for (const entry of entriesOf(plan)) sheet.add(entry)
  return sheet.finish()
}

export const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

function* entriesOf(plan: ManifestPlan): Generator<ManifestEntry> {
  switch (plan.kind) {
    case 'files': {
      const { count, perDirectory, nameBytes, sizeBytes } = plan
      for (let i = 0; i < count; i++) {
        const isDirectory = i % (perDirectory + 1) === 0
        const name = latin1(String(i).padStart(nameBytes, '0'))
        yield isDirectory
          ? { ...common(0, name), mode: 0o755, kind: 'directory' }
          : { ...common(1, name), kind: 'file', sizeBytes, holes: undefined }
      }
      return
    }
    case 'holes': {
      const holes = Array.from({ length: plan.holesPerFile }, (_, i) => ({ start: 2 * i, end: 2 * i + 1 }))
      const sizeBytes = 2 * plan.holesPerFile
      for (let i = 0; i < plan.files; i++)
        yield { ...common(0, latin1(String(i).padStart(8, '0'))), kind: 'file', sizeBytes, holes }
      return
    }
    case 'links': {
      const { depth, nameBytes, count, text } = plan
      const name = new Uint8Array(nameBytes).fill(0x64)
      for (let i = 0; i < depth; i++) yield { ...common(i, name), mode: 0o755, kind: 'directory' }
      for (let i = 0; i < count; i++) {
        const name = latin1(String(i).padStart(7, '0'))
        yield { ...common(depth, name), kind: 'link', text: latin1(text) }
      }
      return
    }
    case 'entries':
      for (const entry of plan.entries) yield plannedEntry(entry)
  }
}

function common(depth: number, name: Uint8Array) {
  return { depth, name, mode: 0o644, time: { seconds: 1_000_000_000, nanos: 0 }, owner: undefined }
}

function plannedEntry(planned: PlannedEntry): ManifestEntry {
  const { kind, depth = 0, seconds = 1_000_000_000, nanos = 0 } = planned
  const mode = planned.mode ?? (kind === 'directory' ? 0o755 : 0o644)
  const shared = { ...common(depth, latin1(planned.name)), mode, time: { seconds, nanos } }
  switch (kind) {
    case 'directory':
      return { ...shared, kind }
    case 'file': {
      const holes = planned.holes?.map(([start, end]) => ({ start, end }))
      return { ...shared, kind, sizeBytes: planned.sizeBytes ?? 0, holes }
    }
    case 'link':
      return { ...shared, kind, text: latin1(planned.text ?? 'x') }
    case 'name':
      return { ...shared, kind, first: planned.first ?? 0 }
  }
}

/** Entries in pages, so that a hundred megabytes are no one array while they grow. */
class Sheet {
  readonly #pages: Uint8Array[] = [head]
  #writer = new Writer(new Uint8Array(growthBytes))

  add(entry: ManifestEntry): void {
    const room = entryBytesMax(entry)
    if (room > this.#writer.left) {
      this.#pages.push(this.#writer.written())
      this.#writer = new Writer(new Uint8Array(Math.max(growthBytes, room)))
    }
    encodeEntry(this.#writer, entry)
  }

  finish(): Uint8Array {
    return concat(...this.#pages, this.#writer.written())
  }
}
