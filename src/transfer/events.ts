// What a transfer tells its owner while it runs, and what it leaves: the face that the command and a program see.
// Plain data; knows no terminal. Numbers are bytes and microseconds.

import type { PfsError } from '../base/errors.ts'
import type { SuiteName } from '../crypto/suites.ts'
import type { Diagnosis } from '../net/diagnosis.ts'
import type { Directories } from './directories.ts'

export type Direction = 'send' | 'recv'

/** What is being done or waited for; every wait has a name. */
export type Phase =
  | 'connecting'
  /** The other side asks a person. */
  | 'asking'
  /** Reading and naming the source before anything can be said of it. */
  | 'scanning'
  | 'transferring'
  /** The receiver builds from what it holds. */
  | 'building'
  | 'verifying'

export interface TransferSummary {
  readonly direction: Direction
  readonly name: string
  /** Where the object lies at the receiver; the source's path at the sender. */
  readonly path: string
  readonly sizeBytes: number
  /** UDP payload bytes of the whole connection, handshake and acknowledgements included, both directions. */
  readonly wireBytes: number
  /** Bytes of the object that did not travel: from the pool, an earlier attempt, or zeros. */
  readonly reusedBytes: number
  readonly elapsedMicros: number
  /** The target was this object already. */
  readonly isUnchanged: boolean
  /** The packet cipher of the connection. */
  readonly suite: SuiteName
  /** Why it was as fast as it was. */
  readonly transport: Diagnosis
  /** Hex. */
  readonly blobId: string
}

export type TransferEvent =
  | {
      readonly kind: 'listening'
      readonly hosts: readonly string[]
      readonly port: number
      readonly peerId: string
    }
  | { readonly kind: 'phase'; readonly phase: Phase }
  /** First contact: from now on this host must show this key. */
  | { readonly kind: 'pinned'; readonly host: string; readonly peerId: string }
  | {
      readonly kind: 'start'
      readonly direction: Direction
      readonly name: string
      readonly sizeBytes: number
      readonly peerId: string
      readonly host: string
    }
  | {
      readonly kind: 'progress'
      readonly doneBytes: number
      readonly totalBytes: number
      readonly wireBytes: number
      readonly reusedBytes: number
      /** What is scanned or verified of it, where that is the slower part. */
      readonly checkedBytes: number
    }
  | { readonly kind: 'done'; readonly summary: TransferSummary }
  /** One transfer ended badly while its owner goes on (`recv --keep`). */
  | { readonly kind: 'failed'; readonly error: PfsError; readonly peerId: string | undefined }
  | { readonly kind: 'notice'; readonly text: string }

/** A peer nobody has decided about, as a person must judge it. */
export interface Stranger {
  readonly peerId: string
  readonly fingerprint: string
  readonly host: string
  readonly wants:
    | { readonly kind: 'send'; readonly name: string; readonly sizeBytes: number }
    /** To hold the same blobs as our pool. */
    | { readonly kind: 'sync' }
}

export interface CommonOptions {
  /** Where identity, peers, pool and journals live: transfer/directories. */
  readonly directories: Directories
  readonly onEvent: (event: TransferEvent) => void
  /** Aborting ends the transfer in order; what arrived stays for the next attempt. */
  readonly signal: AbortSignal
  /** A peer silent for so long is given up; default 30 s. */
  readonly stallMicros?: number
  readonly connectMicros?: number
  /** False: this transfer teaches the pool nothing. */
  readonly learn?: boolean
  /** The one packet cipher to offer and to accept; absent: the best that both sides have. */
  readonly suite?: SuiteName
  /**
   * Where the protocol runs: on a worker (default), which acknowledges while this thread is busy, or on this thread.
   * transfer/session has the figures.
   */
  readonly thread?: 'worker' | 'main'
}

export interface SendOptions extends CommonOptions {
  readonly path: string
  readonly host: string
  readonly port: number
}

export interface ReceiveOptions extends CommonOptions {
  readonly port: number
  readonly directory: string
  readonly onConflict: 'fail' | 'overwrite'
  /** Go on after the first transfer. */
  readonly keep: boolean
  /** Decides about a peer whose key is not among those that may send. */
  readonly accept: (stranger: Stranger) => Promise<boolean>
}

export interface SyncOptions extends CommonOptions {
  readonly host: string
  readonly port: number
}

export interface SyncSummary {
  readonly sentBlobs: number
  readonly receivedBlobs: number
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Blobs listed by either side that it could not read after all. */
  readonly passedOver: number
  readonly wireBytes: number
  readonly elapsedMicros: number
}
