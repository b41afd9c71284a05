// What the storage thread and the protocol thread say to each other about one transfer. Plain data: all of it crosses
// a thread border by copy, buffers by transfer. Knows no classes of either side.

import type { PfsCode } from '../../base/errors.ts'
import type { Range } from '../../base/ranges.ts'
import type { Child } from '../../cut/tree.ts'

/** What an OFFER says of an object, the same on both sides. */
interface ObjectFacts {
  readonly transfer: Uint8Array
  readonly name: string
  readonly size: number
  readonly mode: number
  /** Since 1970. */
  readonly mtimeNanos: bigint
  readonly poolId: Uint8Array
  readonly chunking: number
}

/** What a sender's storage knows before it speaks to anyone. */
export interface PreparedSource extends ObjectFacts {
  /** The blob id, where the stat cache vouches for it. */
  readonly blob: Uint8Array | undefined
  readonly candidates: readonly { readonly blob: Uint8Array; readonly size: number }[]
}

/** Of a tree, besides what is said of its image. */
export interface PreparedTree {
  readonly list: { readonly blob: Uint8Array; readonly size: number }
  readonly listCandidates: readonly { readonly blob: Uint8Array; readonly size: number }[]
  readonly entryCount: number
  readonly fileCount: number
  /** Where the files end in the image: cut/manifest/file_ends. */
  readonly fileEnds: Float64Array
  /** What was found and cannot be sent. */
  readonly failures: readonly CarriedFailure[]
}

/** Something of a tree that did not go, and why. */
export interface CarriedFailure {
  /** As people read it. */
  readonly path: string
  /** The bytes of the path, in hex. */
  readonly key: string
  readonly error: CarriedError
}

/** What a sender is asked to send as a tree. Paths are bytes, because names need not be text. */
export interface TreeRequest {
  readonly tops: readonly { readonly path: Uint8Array; readonly name: Uint8Array }[]
  readonly links: 'keep' | 'follow' | 'skip'
  readonly hasOwners: boolean
  readonly rules: SelectionRules
  /** Hex of paths that an earlier attempt could not read: they are left out. */
  readonly without: readonly string[]
}

/** Which of what lies below the tops is sent, as the user said it. */
export interface SelectionRules {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** These alone and what is below them, names from the top down; undefined: all. */
  readonly only: readonly Uint8Array[] | undefined
  /** Whether `.pfsignore` files count. */
  readonly ignoreFiles: boolean
}

/** What the receiver answered, as the sender's storage needs it. */
export interface SendPlan {
  readonly held: readonly Range[]
  /** Of a tree: entries of which nothing is to be sent, and files that are held whole. */
  readonly unwanted?: readonly Range[]
  readonly heldFiles?: readonly Range[]
  readonly sources: readonly { readonly alias: number; readonly blob: Uint8Array }[]
  readonly codecs: readonly number[]
  /** Nothing is sent: what would be is counted, packed wherever that pays. */
  readonly isInquiry?: boolean
}

/** What the network was seen to do when it gave memory back. */
export interface NetworkState {
  /** What it has sent and may still want. */
  readonly underWayBytes: number
  /** Of that, what is on its way now. */
  readonly inFlightBytes: number
  /** The most that it was seen to deliver of late; 0: not known. */
  readonly deliveryBytesPerSecond: number
}

/** Bytes that are ours to send, in memory that is to be given back by the number of its loan. */
export interface LentLiteral {
  readonly loan: number
  readonly bytes: Uint8Array
}

/** A piece of a round, in stream order: ops that may name literals of this piece and earlier ones. */
export interface Piece {
  readonly ops: Uint8Array
  readonly literals: readonly LentLiteral[]
  /** Bytes of the object planned so far, and how many of them the receiver makes without literals. */
  readonly plannedBytes: number
  readonly reusedBytes: number
}

export interface RoundEnd {
  readonly blob: Uint8Array
  readonly size: number
  readonly opBytes: number
  readonly literalBytes: number
}

export type SourceEvent =
  | { readonly kind: 'piece'; readonly piece: Piece }
  | { readonly kind: 'round_end'; readonly end: RoundEnd }
  | { readonly kind: 'scanned'; readonly scannedBytes: number }
  | { readonly kind: 'failed'; readonly error: CarriedError }

/** A fault as it crosses a thread border. */
export interface CarriedError {
  readonly code: PfsCode
  readonly message: string
  readonly hint: string | undefined
  readonly retryable: boolean
  /** The file or folder concerned. */
  readonly path?: string | undefined
}

export type OfferVerdict =
  /** Only reading the target would tell, and a replayed flight may not cause that: ask again once it is none. */
  | { readonly kind: 'later' }
  | {
      readonly kind: 'answer'
      readonly state: 'whole' | 'open' | 'name' | 'list' | 'kept'
      readonly held: readonly Range[]
      readonly candidates: readonly {
        readonly index: number
        readonly alias: number
        readonly blob: Uint8Array
        readonly size: number
      }[]
      readonly grant: number
      readonly codecs: readonly number[]
      readonly unwanted?: Uint8Array
      readonly heldFiles?: Uint8Array
    }
  /** A person must say what is to become of what is there. */
  | { readonly kind: 'conflict'; readonly count: number; readonly paths: readonly string[] }
  | {
      readonly kind: 'refuse'
      readonly code: 'WRONG_SEED' | 'DISK_FULL' | 'EXISTS' | 'TARGET_FAILED' | 'MESSAGE_ERROR' | 'BUSY'
      readonly text: string
      /** What stands in the way or has no room, here: the peer is not told. */
      readonly path?: string
    }

export interface OfferedObject extends ObjectFacts {
  readonly peer: string
  /** False: for the pool alone. */
  readonly isFile: boolean
  /** Nobody knows its length yet: `size` is what it may become. §15.2-6 */
  readonly isStream?: boolean
  /** The answer is all that is wanted: nothing of it stays. §15.2-7 */
  readonly isInquiry?: boolean
  readonly tree?: OfferedTree
  readonly blob: Uint8Array | undefined
  readonly candidates: readonly { readonly short: Uint8Array; readonly size: number }[]
}

/** What is said of a tree besides its image. */
export interface OfferedTree {
  readonly list: { readonly blob: Uint8Array; readonly size: number }
  readonly listCandidates: readonly { readonly short: Uint8Array; readonly size: number }[]
}

/** What becomes of what is there and different; what is the same is always left alone. */
export type ConflictPolicy = 'ask' | 'fail' | 'skip' | 'overwrite' | 'newer' | 'rename'

export interface Placement {
  readonly directory: string
  readonly onConflict: ConflictPolicy
  /** Owners are set where the sender names them and we may. */
  readonly preservesOwner?: boolean
  /** False: the peer may not know what the pool holds. §15.3-6 */
  readonly mayShare: boolean
}

export interface BuildStats {
  readonly path: string
  readonly size: number
  /** Bytes that came from the pool or an earlier attempt, not over the wire. */
  readonly reusedBytes: number
  readonly literalBytes: number
  /** The target was there already, byte for byte. */
  readonly isUnchanged: boolean
  /** Of a tree: entries that could not be put in place, the first of them, and how many these are in all. */
  readonly failed?: readonly FailedPlace[]
  readonly failureCount?: number
  /** Of a tree: regular files, and entries that stayed as they were here because the user wants that. */
  readonly fileCount?: number
  readonly unwantedCount?: number
}

export interface FailedPlace {
  readonly index: number
  readonly path: string
  readonly error: CarriedError
}

export interface BuildProgress {
  readonly builtBytes: number
  readonly verifiedBytes: number
  /** Of what is built, what did not come over the wire. */
  readonly reusedBytes: number
  /** Files of which every byte is there, and how many come in all. */
  readonly doneFiles: number
  readonly totalFiles: number
}

export type BuildEvent =
  | { readonly kind: 'ops_taken'; readonly round: number; readonly bytes: number }
  | {
      readonly kind: 'slab_taken'
      readonly round: number
      readonly offset: number
      readonly buffer: SharedArrayBuffer
      readonly length: number
    }
  | ({ readonly kind: 'progress' } & BuildProgress)
  | { readonly kind: 'miss'; readonly ranges: readonly Range[] }
  | { readonly kind: 'want'; readonly level: number; readonly indexes: readonly number[] }
  | { readonly kind: 'done'; readonly blob: Uint8Array; readonly stats: BuildStats }
  /** `wire` is the name of the §17 code to close or refuse with. */
  | { readonly kind: 'failed'; readonly wire: FailureCode; readonly error: CarriedError }

export type FailureCode =
  | 'PROGRAM_ERROR'
  | 'GRANT_ERROR'
  | 'MESSAGE_ERROR'
  | 'DISK_FULL'
  | 'EXISTS'
  | 'TARGET_FAILED'
  | 'SOURCE_CHANGED'
  | 'SOURCE_FAILED'
  | 'CORRUPT'
  | 'SUPERSEDED'
  | 'CANCELLED'
  | 'INTERNAL'

export interface NodesMessage {
  readonly level: number
  readonly index: number
  readonly nodes: readonly Child[]
}
