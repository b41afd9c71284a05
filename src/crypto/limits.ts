// Every bound of this folder, with its reason. PROTOCOL.md §6.

/** A Noise message is at most this long (Noise §3); ours are datagrams and far shorter. §6.1-5 */
export const handshakeMessageBytesMax = 65_535

/**
 * Packet numbers remembered behind the largest seen: at 1,200 bytes each, 4.9 MB of reordering in flight.
 * §6.4-2
 */
export const replayWindowNumbers = 4096

/**
 * Packets sealed under one key at the most: half of what RFC 9001 §6.6 allows AES-GCM at any packet size.
 * §6.5-1
 */
export const packetsPerPhaseMax = 2 ** 22

/**
 * Packets of one connection that may fail to open: Poly1305's bound in RFC 9001 §6.6, the lower of the two.
 * §6.5-4
 */
export const forgeriesMax = 2 ** 36
