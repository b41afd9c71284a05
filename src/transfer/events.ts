// What a transfer tells its owner while it runs, and what it leaves: the face that the command and a program see.
// Plain data; knows no terminal. Numbers are bytes and microseconds.

import type { PfsCode, PfsError } from '../base/errors.ts'
import type { SuiteName } from '../crypto/suites.ts'
import type { Transport } from '../net/carrier.ts'
import type { Diagnosis } from '../net/diagnosis.ts'
import type { Family } from '../net/resolve.ts'
import type { Congestion } from '../proto/congestion/index.ts'
import type { Directories } from './directories.ts'
import type { RateSchedule } from './rate_schedule.ts'
import type { ConflictPolicy, SelectionRules } from './storage/events.ts'
import type { Ticket } from './ticket.ts'

export type { ConflictPolicy, Congestion, Family, RateSchedule, SelectionRules, Ticket, Transport }

/** Which side of a transfer this is. */
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

/** How a transfer ended. */
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
  /** Regular files in it; 1 for a single one. */
  readonly fileCount: number
  /** What of a tree did not come to its place; the first of them, and how many in all. Without any, all is well. */
  readonly failures: readonly FileFailure[]
  readonly failureCount: number
  /** Entries of a tree that the receiver did not want, because of what is there. */
  readonly unwantedCount: number
  /** Of a dry run: what the program and the literals would take on the wire. Nothing was sent of either. */
  readonly planned: PlannedBytes | undefined
  /** The packet cipher of the connection. */
  readonly suite: SuiteName
  /** Why it was as fast as it was. */
  readonly transport: Diagnosis
  /** Hex. */
  readonly blobId: string
}

/** What a dry run found would travel. */
export interface PlannedBytes {
  readonly opBytes: number
  readonly literalBytes: number
}

/** One file of a tree, and why it is not where it should be. The path is as people read it, unescaped. */
export interface FileFailure {
  readonly path: string
  readonly code: PfsCode
  readonly message: string
}

/** What a transfer tells while it runs, by its `kind`. Kinds are only added: pass over those you do not know. */
export type TransferEvent =
  | {
      readonly kind: 'listening'
      readonly hosts: readonly string[]
      readonly port: number
      readonly peerId: string
    }
  | { readonly kind: 'phase'; readonly phase: Phase; readonly transfer?: string }
  /** First contact: from now on this host must show this key. */
  | { readonly kind: 'pinned'; readonly host: string; readonly peerId: string }
  | {
      readonly kind: 'start'
      /** Hex, the same on both sides; its last 8 digits change when a tree is offered anew. §15.2-5 */
      readonly transfer?: string
      readonly direction: Direction
      readonly name: string
      readonly sizeBytes: number
      /** As far as they are known. */
      readonly fileCount: number
      readonly peerId: string
      readonly host: string
    }
  /** Of a tree: a file that is not sent, or not put in place; the rest goes on. */
  | { readonly kind: 'file'; readonly state: 'failed'; readonly failure: FileFailure }
  | {
      readonly kind: 'progress'
      readonly transfer?: string
      readonly doneBytes: number
      readonly totalBytes: number
      readonly wireBytes: number
      /** Of the object, what did not travel: from the receiver's pool, an earlier attempt, or zeros. */
      readonly reusedBytes: number
      /** What is scanned or verified of it, where that is the slower part. */
      readonly checkedBytes: number
      /** Files that are there or built, whole; and how many come in all. 0 of 0 in a sync of pools. */
      readonly doneFiles: number
      readonly totalFiles: number
    }
  | { readonly kind: 'done'; readonly summary: TransferSummary; readonly transfer?: string }
  /** One transfer ended badly while its owner goes on (`recv --keep`). */
  | {
      readonly kind: 'failed'
      readonly error: PfsError
      readonly peerId: string | undefined
      readonly transfer?: string
    }
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

export interface StreamToSend {
  /** The file name it gets at the receiver. */
  readonly name: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/** What is there and different from what comes, for a person to decide about. */
export interface Conflict {
  /** Hex. */
  readonly transfer: string
  readonly name: string
  readonly peerId: string
  readonly host: string
  /** Of all that comes. */
  readonly sizeBytes: number
  readonly count: number
  /** The first of them. */
  readonly paths: readonly string[]
}

export interface CommonOptions {
  /** Where identity, peers, pool and journals live: transfer/directories. */
  readonly directories: Directories
  readonly onEvent: (event: TransferEvent) => void
  /** Aborting ends the transfer in order; what arrived stays for the next attempt. */
  readonly signal: AbortSignal
  /** No faster than this, in either direction. */
  readonly rates?: RateSchedule
  /** More than this on the wire ends the transfer with PFS_LIMIT; what arrived stays for the next attempt. */
  readonly maxWireBytes?: number
  /** A peer silent for so long is given up; default 30 s. */
  readonly stallMicros?: number
  readonly connectMicros?: number
  /** False: this transfer teaches the pool nothing. */
  readonly learn?: boolean
  /** The one packet cipher to offer and to accept; absent: the best that both sides have. */
  readonly suite?: SuiteName
  /** What decides how fast to send: `bbr` (default), `cubic`, `background`, which yields, or a rate that is ours alone. */
  readonly congestion?: Congestion
  /** A folder that gets a qlog file (draft-ietf-quic-qlog, JSON-SEQ) of each connection; it is made where it is missing. */
  readonly qlogFolder?: string
  /**
   * What carries the packets. `auto` (default): UDP, and TCP where UDP gets no answer; a receiver listens on both, and does
   * without TCP where its port is taken.
   */
  readonly transport?: Transport
  /** IPv4 or IPv6 alone; absent: both, whichever answers first. */
  readonly family?: Family | undefined
  /** Our own address, as an IP literal; absent: the system chooses, and a receiver listens on all. */
  readonly bind?: string
  /**
   * Where the protocol runs: on a worker (default), which acknowledges while this thread is busy, or on this thread.
   * transfer/session has the figures.
   */
  readonly thread?: 'worker' | 'main'
}

export interface SendOptions extends CommonOptions {
  /** Of one regular file, or of whatever makes a tree. Bytes where a name is no text. Empty: `stream` is sent. */
  readonly paths: readonly (string | Uint8Array)[]
  /** What is sent in place of files, as long as it comes: a Node or Web stream, or any other source of bytes. */
  readonly stream?: StreamToSend
  readonly host: string
  readonly port: number
  /** By which the receiver lets us in: the key that must answer, and the secret. */
  readonly ticket?: Pick<Ticket, 'publicKey' | 'secret'>
  /** What becomes of symbolic links below the paths; default `keep`. The paths themselves are followed. */
  readonly links?: 'keep' | 'follow' | 'skip'
  /** Names owners, which a receiver that may sets. */
  readonly preservesOwner?: boolean
  /** What of the trees is sent; all where it is absent. */
  readonly rules?: Partial<SelectionRules>
  /** Our interfaces or addresses to use, at once; absent: what the system chooses. */
  readonly locals?: readonly string[]
  /** Asks the receiver what it has, plans, and sends nothing else. */
  readonly isDryRun?: boolean
}

export interface ReceiveOptions extends CommonOptions {
  readonly port: number
  readonly directory: string
  readonly onConflict: ConflictPolicy
  /** Asked where `onConflict` is `ask`; absent: as if it said `fail`. */
  readonly decide?: (conflict: Conflict) => Promise<ConflictPolicy>
  /** Owners are set where the sender names them and we may. */
  readonly preservesOwner?: boolean
  /** Who brings this secret is let in without asking, until `expiresMillis` (since 1970). */
  readonly ticket?: { readonly secret: Uint8Array; readonly expiresMillis: number }
  /** False: one file and nothing else, because it goes on into a stream. Default true. */
  readonly takesTrees?: boolean
  /** Go on after the first transfer. */
  readonly keep: boolean
  /** Decides about a peer whose key is not among those that may send. */
  readonly accept: (stranger: Stranger) => Promise<boolean>
}

export interface SyncOptions extends CommonOptions {
  readonly host: string
  readonly port: number
}

/** How a sync of two pools ended. */
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
