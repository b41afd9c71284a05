// The packet ciphers by their wire number. A table and nothing else: who offers which, and what the host can
// do, is decided elsewhere. PROTOCOL.md §6.3.

import { must } from '../base/assert.ts'

/** A packet cipher, by the name `--suite` takes. */
export type SuiteName = 'AES-256-GCM' | 'ChaCha20-Poly1305' | 'AEGIS-128L'

export interface Suite {
  readonly id: number
  readonly name: SuiteName
  readonly keyBytes: 16 | 32
  readonly nonceBytes: 12 | 16
  readonly tagBytes: 16
}

export const suiteAes256Gcm = 0x01
export const suiteChaChaPoly = 0x02
export const suiteAegis128L = 0x03

export const suites: readonly Suite[] = [
  { id: suiteAes256Gcm, name: 'AES-256-GCM', keyBytes: 32, nonceBytes: 12, tagBytes: 16 },
  { id: suiteChaChaPoly, name: 'ChaCha20-Poly1305', keyBytes: 32, nonceBytes: 12, tagBytes: 16 },
  { id: suiteAegis128L, name: 'AEGIS-128L', keyBytes: 16, nonceBytes: 16, tagBytes: 16 },
]

/** undefined for a number we do not know: a peer may name any. */
export function suiteById(id: number): Suite | undefined {
  return suites.find(suite => suite.id === id)
}

export function suiteByName(name: SuiteName): Suite {
  return must(
    suites.find(suite => suite.name === name),
    `no packet cipher ${name}`,
  )
}

/**
 * The first of `preferred` (the responder's order) that the peer offered; undefined when there is none.
 * §6.3-1
 */
export function chooseSuite(preferred: readonly number[], offered: readonly number[]): number | undefined {
  return preferred.find(id => offered.includes(id))
}
