// Where an object grows: one file, or all the files of a tree. A face, no code; positions are the object's own. Knows no
// journal and no peers.

import type { Pool } from '../../pool/pool.ts'
import type { Scanner } from '../../pool/scan.ts'

export interface Part {
  /** For messages, and to tell one part from another. */
  readonly path: string
  readonly sizeBytes: number
  write(bytes: Uint8Array, position: number): void
  /** These bytes are zeros, where nothing else was ever written. */
  zero(position: number, length: number): void
  /** What `runs` name, triples (descriptor, offset, length). Returns how much of it can be read. */
  copyRuns(runs: Float64Array, position: number): number
  /** The same on another thread. It may end after `close`, and then still writes where it was told to. */
  copyRunsBehind(runs: Float64Array, position: number): Promise<number>
  /** Shares whole blocks of another file. false: it cannot be done here. */
  cloneRange(fd: number, offset: number, position: number, length: number): boolean
  /** Returns how many bytes are there. */
  read(target: Uint8Array, position: number): number
  /** Cuts and names what lies in [from, limit); `from` begins a chunk. Nothing comes behind a final limit. */
  scanner(pool: Pool, from: number, limit: number, isFinal: boolean): Scanner
  /** Of a stream: it is so long, and no longer. */
  settle?(sizeBytes: number): void
  /** Something is wrong: what was taken for known without a look is read from now on. */
  doubt?(): void
  close(): void
  /** Nothing of it is wanted any more. */
  discard(): void
}
