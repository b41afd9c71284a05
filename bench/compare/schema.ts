// What a session of `make compare` leaves behind: results/*.json, read again by `make analyze`. A number that was not
// measured is null, never a guess. Pure. Knows no file system; the version changes when a field changes its meaning.

export const schemaVersion = 1

/** One way over the line, IP bytes; see `Scenario.counts` for who counted. */
export interface WireCount {
  readonly packets: number
  readonly ipBytes: number
}

export interface LineFacts {
  readonly name: string
  readonly why: string
  /** What the line allows; null where nothing limits it. */
  readonly rateMegabits: number | null
  readonly rttMillis: number | null
  readonly lossPercent: number | null
  readonly mtuBytes: number
  /** 'interface': a super-packet counts its headers once. 'emulator': packet by packet as on a real link. */
  readonly counts: 'interface' | 'emulator'
  /** As the kernel says them. */
  readonly offloads: string
  /** What a TCP connection gets that asks for nothing, read in each namespace. */
  readonly congestion: readonly [left: string, right: string]
  readonly tcpBuffers: string
}

export interface WorkloadFacts {
  readonly name: string
  readonly title: string
  readonly scenario: string
  readonly sizeBytes: number
  readonly fileCount: number
  readonly seed: number
  /** Of the content, what zstd -1 makes of it, where it was tried. */
  readonly zstdShare: number | null
}

export interface ContenderFacts {
  readonly name: string
  /** null: absent. */
  readonly version: string | null
  readonly isEncrypted: boolean
  readonly isSynced: boolean
  /** No file at either end. */
  readonly isMemory: boolean
}

export type Ending = 'done' | 'cut' | 'failed'

export interface RunFacts {
  readonly scenario: string
  readonly workload: string
  readonly contender: string
  readonly round: number
  /** Which try counted: a disturbed run is repeated. */
  readonly attempt: number
  readonly ending: Ending
  /** From the sending process's start to its end; of one cut off, from the first packet to the cut. */
  readonly seconds: number | null
  /** From connect to the receiver's word, where the contender says it. */
  readonly transferSeconds: number | null
  readonly contentBytes: number
  /** Taken from what the receiver held already; null where the contender cannot say. */
  readonly reusedBytes: number | null
  readonly out: WireCount
  readonly back: WireCount
  /** What reached the receiver's interface; the only figure that one cut off has. */
  readonly arrivedBytes: number
  /** Of TCP: segments sent again per segment, from the kernel; of pfs: its own bytes sent again per content byte. */
  readonly retransmittedShare: number | null
  readonly senderCpuSeconds: number | null
  readonly receiverCpuSeconds: number | null
  /** Peaks over each side's processes, sampled: all that is resident, and what is anonymous of it. */
  readonly senderRssBytes: number | null
  readonly receiverRssBytes: number | null
  readonly senderAnonBytes: number | null
  readonly receiverAnonBytes: number | null
  /** Processors that others used meanwhile. */
  readonly foreignProcessors: number
  /** How late the emulator handed packets on; null on a bare line. */
  readonly lateMicros99: number | null
  /** Why this run proves nothing; empty when it does. */
  readonly disturbances: readonly string[]
  /** Byte by byte; null where no file was made. */
  readonly isIdentical: boolean | null
  /** What the sending socket used, read back while it ran. */
  readonly congestion: string | null
  readonly note: string
  /** Seconds since the first packet, and IP bytes that had reached the receiver by then. */
  readonly arrivals: readonly (readonly [seconds: number, bytes: number])[]
}

export interface Machine {
  readonly kernel: string
  readonly processor: string
  readonly processors: number
  readonly memoryBytes: number
  readonly node: string
  readonly commit: string
  readonly scratch: string
}

export interface Session {
  readonly schema: number
  readonly startedAt: string
  readonly form: string
  readonly rounds: number
  readonly capSeconds: number
  readonly machine: Machine
  readonly lines: readonly LineFacts[]
  readonly workloads: readonly WorkloadFacts[]
  readonly contenders: readonly ContenderFacts[]
  readonly runs: readonly RunFacts[]
}

/** Undefined when it is none of ours, or of another version. */
export function parseSession(text: string): Session | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null) return undefined
  const session = read as Partial<Session>
  const lists = [session.runs, session.lines, session.workloads, session.contenders]
  return session.schema === schemaVersion && lists.every(Array.isArray) ? (session as Session) : undefined
}

/** NaN and infinities have no JSON and are no measurements. */
export const measured = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null
