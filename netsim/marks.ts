// The ECN field of a datagram under way, beside its bytes: what an IP header would carry. A datagram that nobody marked, and
// a copy that a node makes, has none. RFC 3168

/** As src/proto/path/ecn.ts numbers it. */
const fields = new WeakMap<Uint8Array, number>()

export const ecnOf = (datagram: Uint8Array): number => fields.get(datagram) ?? 0

export function mark(datagram: Uint8Array, ecn: number): void {
  fields.set(datagram, ecn)
}
