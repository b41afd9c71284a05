// Every failure a caller of pfs can meet: one class, one table of stable codes. Each row is the sentence that
// explains it and the exit status the command ends with. The thrower knows whether a retry can help. Our own bugs
// are assert.ts; a peer's bad bytes become a wire code (wire/codes.ts) and arrive here only as 'the peer broke the rules'.

/** Every code, with the sentence that explains it and the exit status the command ends with. Codes are stable. */
export const failures = {
  PFS_INTERNAL: { exit: 1, sentence: 'something went wrong inside pfs' },
  PFS_USAGE: { exit: 2, sentence: 'the command line is not understood' },
  PFS_BAD_CONFIG: { exit: 2, sentence: 'the configuration is not understood' },
  PFS_PORT: { exit: 2, sentence: 'the port cannot be used' },
  PFS_PARTIAL: { exit: 3, sentence: 'some files did not arrive' },
  PFS_NOT_FOUND: { exit: 4, sentence: 'there is no such file or peer' },
  PFS_READ: { exit: 4, sentence: 'the source could not be read' },
  PFS_REFUSED: { exit: 5, sentence: 'the peer refused' },
  PFS_KEY_CHANGED: { exit: 5, sentence: 'the peer has another key than the one pinned for it' },
  PFS_UNREACHABLE: { exit: 6, sentence: 'no peer answers there' },
  PFS_STALLED: { exit: 7, sentence: 'the peer stopped answering' },
  PFS_CORRUPT: { exit: 8, sentence: 'the bytes do not match their hash' },
  PFS_SOURCE_CHANGED: { exit: 8, sentence: 'the file changed while it was being sent' },
  PFS_PROTOCOL: { exit: 8, sentence: 'the peer broke the protocol' },
  PFS_DISK_FULL: { exit: 9, sentence: 'there is not enough room' },
  PFS_WRITE: { exit: 9, sentence: 'the target could not be written' },
  PFS_EXISTS: { exit: 10, sentence: 'the target exists and is different' },
  PFS_POOL: { exit: 11, sentence: 'the pool is missing or damaged' },
  PFS_WRONG_SEED: { exit: 11, sentence: 'the two pools have different seeds' },
  PFS_LOCKED: { exit: 12, sentence: 'another process holds the pool' },
  PFS_LIMIT: { exit: 14, sentence: 'the limit that was set is reached' },
  PFS_VERSION: { exit: 16, sentence: 'no version or cipher can be agreed on' },
  PFS_CANCELLED: { exit: 17, sentence: 'the other side cancelled' },
  PFS_INTERRUPTED: { exit: 130, sentence: 'interrupted' },
} as const satisfies Record<string, { exit: number; sentence: string }>

/** What happened, for programs: a key of `failures`. */
export type PfsCode = keyof typeof failures

/** What is said of a fault beside its code. */
export interface PfsErrorOptions {
  /** Trying the same again may help. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** What the user should do next: one sentence. */
  readonly hint?: string | undefined
  /** The file or folder concerned, as people read it. */
  readonly path?: string | undefined
}

/** A fault of the world or of the peer, as callers meet it. `message` says what happened, `hint` what to do. */
export class PfsError extends Error {
  override readonly name = 'PfsError'
  readonly code: PfsCode
  /** Trying the same again may help. */
  readonly retryable: boolean
  /** What to do next: one sentence. */
  readonly hint: string | undefined
  /** The file or folder concerned, where one is. */
  readonly path: string | undefined

  /** @param detail what exactly, after the code's own sentence: a path, a peer, a number */
  constructor(code: PfsCode, detail?: string, options: PfsErrorOptions = {}) {
    const sentence = failures[code].sentence
    super(
      detail ? `${sentence}: ${detail}` : sentence,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.code = code
    this.retryable = options.retryable ?? false
    this.hint = options.hint
    this.path = options.path
  }

  /** What the command would end with. */
  get exitStatus(): number {
    return failures[this.code].exit
  }
}
