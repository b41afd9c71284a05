// The packet cipher as the core sees it: interfaces only; each host file brings one implementation and
// test/suites/aead.ts judges them all. Works on one packet laid out as header | payload | tag. PROTOCOL.md
// §6.3.

export interface PacketSealer {
  /**
   * Seals in place. The packet is header | plaintext | 16 bytes of room and must be exactly that long; the
   * header is authenticated with it. One nonce is used once and never again under this key (§6.3-3).
   */
  seal(packet: Uint8Array, headerBytes: number, plainBytes: number, nonce: Uint8Array): void
}

export interface PacketOpener {
  /**
   * The plaintext: a view into the packet or a fresh buffer, the implementation's choice. undefined when
   * forged or too short for a tag; then nothing of the packet may be believed (§6.3-4).
   */
  open(packet: Uint8Array, headerBytes: number, nonce: Uint8Array): Uint8Array | undefined
}

export interface AeadFactory {
  /** Numbers of crypto/suites.ts this machine can do, best first. */
  readonly suites: readonly number[]
  /** The key is copied. Only for a number in `suites`. */
  sealer(suite: number, key: Uint8Array): PacketSealer
  opener(suite: number, key: Uint8Array): PacketOpener
}
