// The packet ciphers by their wire number. A table and nothing else: who offers which, and what the host can
// do, is decided elsewhere. PROTOCOL.md §6.3.

export interface Suite {
  readonly id: number
  readonly name: string
  readonly keyBytes: number
  readonly nonceBytes: 12
  readonly tagBytes: 16
}

export const suiteAes256Gcm = 0x01
export const suiteChaChaPoly = 0x02

/** 0x03, AEGIS-128L with a 16-byte key and nonce, is reserved: its row comes with the addon that has it. */
export const suites: readonly Suite[] = [
  { id: suiteAes256Gcm, name: 'AES-256-GCM', keyBytes: 32, nonceBytes: 12, tagBytes: 16 },
  { id: suiteChaChaPoly, name: 'ChaCha20-Poly1305', keyBytes: 32, nonceBytes: 12, tagBytes: 16 },
]

/** undefined for a number we do not know: a peer may name any. */
export function suiteById(id: number): Suite | undefined {
  return suites.find(suite => suite.id === id)
}

/**
 * The first of `preferred` (the responder's order) that the peer offered; undefined when there is none.
 * §6.3-1
 */
export function chooseSuite(preferred: readonly number[], offered: readonly number[]): number | undefined {
  return preferred.find(id => offered.includes(id))
}
