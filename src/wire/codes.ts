// Why a connection closed, a stream was reset or a transfer was refused: numbers, names and sentences.
// PROTOCOL.md §17. To add one: a row here and there.

/** The rows of §17, by name. */
export const wireCodes = {
  NONE: { code: 0x00, sentence: 'the work is done' },
  INTERNAL: { code: 0x01, sentence: 'a fault of the side that closes' },
  FRAME_ERROR: { code: 0x02, sentence: 'a frame is malformed or stands where it may not' },
  PARAMETER_ERROR: { code: 0x03, sentence: 'a handshake parameter is malformed' },
  WINDOW_ERROR: { code: 0x04, sentence: 'a byte past a window' },
  STREAM_ERROR: { code: 0x05, sentence: 'a stream that may not exist' },
  FINAL_SIZE_ERROR: { code: 0x06, sentence: 'a stream longer than its end' },
  ACK_ERROR: { code: 0x07, sentence: 'an acknowledgement of what was never sent' },
  KEY_CHANGED: { code: 0x08, sentence: 'the responder’s key is not the pinned one' },
  REFUSED: { code: 0x09, sentence: 'the owner does not accept this peer' },
  KEY_LIMIT: { code: 0x0a, sentence: 'too many forged packets, or no numbers left' },
  MESSAGE_ERROR: { code: 0x20, sentence: 'a control message is malformed or out of turn' },
  PROGRAM_ERROR: {
    code: 0x21,
    sentence: 'an op is malformed, past the end, overlaps or names an unknown source',
  },
  GRANT_ERROR: { code: 0x22, sentence: 'ops make more bytes than were granted' },
  WRONG_SEED: { code: 0x23, sentence: 'the pools have different seeds' },
  DISK_FULL: { code: 0x24, sentence: 'the receiver has no room' },
  EXISTS: { code: 0x25, sentence: 'the target exists and is different' },
  SOURCE_CHANGED: { code: 0x26, sentence: 'the file changed while it was being sent' },
  SOURCE_FAILED: { code: 0x27, sentence: 'the source could not be read' },
  TARGET_FAILED: { code: 0x28, sentence: 'the target could not be written' },
  CORRUPT: { code: 0x29, sentence: 'the object does not match its blob id after repair' },
  CANCELLED: { code: 0x2a, sentence: 'a person stopped it' },
  SUPERSEDED: { code: 0x2b, sentence: 'the same transfer came again on a newer connection' },
  BUSY: { code: 0x2c, sentence: 'the receiver takes no further transfer now' },
} as const satisfies Record<string, { readonly code: number; readonly sentence: string }>

/** Why a side ends a connection, by its name in PROTOCOL.md §17. `NONE`: the work is done. */
export type WireCodeName = keyof typeof wireCodes

const names = new Map<number, WireCodeName>()
for (const name of Object.keys(wireCodes) as WireCodeName[]) names.set(wireCodes[name].code, name)

/** The name of a code that came from the peer; one we do not know is INTERNAL (§17-1). */
export function wireCodeName(code: number): WireCodeName {
  return names.get(code) ?? 'INTERNAL'
}

/** A rule the peer broke in authentic bytes: what to close with. Never thrown. */
export interface Violation {
  readonly code: WireCodeName
  /** The frame's type, 0 when no frame is to blame: CLOSE carries it. */
  readonly frameType: number
  /** For people and logs: what was wrong. */
  readonly reason: string
}

/** Tells what a decoder returned: its value, or that a rule is broken. */
export function isViolation(result: object): result is Violation {
  return 'frameType' in result && 'reason' in result
}
