// A peer as it is shown to people: by its fingerprint.

import { fingerprint, parsePeerId } from '../crypto/identity.ts'

/** A peer id that is none is shown as it came; the terminal escapes it. */
export function shownFingerprint(peerId: string): string {
  const key = parsePeerId(peerId)
  return key ? fingerprint(key) : peerId
}
