// From where to where a datagram travels: what IP and UDP headers say, kept beside the bytes so that a piece of path that
// does not care need not know. A datagram without an envelope goes from one host to the other.

import type { Address } from '../src/proto/address.ts'
import type { Role } from './script.ts'

export interface Envelope {
  readonly from: Address
  readonly to: Address
}

/** Where each host is, as itself sees it. */
export const homes: Readonly<Record<Role, Address>> = {
  initiator: { host: 'initiator', port: 1 },
  responder: { host: 'responder', port: 1 },
}

/** A further link of the initiator's; 0 is its home. */
export function linkAddress(link: number): Address {
  return link === 0 ? homes.initiator : { host: `initiator ${link}`, port: 1 }
}

/** Whose address that is, by its number. */
export function linkOf({ host }: Address): number {
  return host === homes.initiator.host ? 0 : Number(host.slice(homes.initiator.host.length + 1))
}

const envelopes = new WeakMap<Uint8Array, Envelope>()

export function envelopeOf(datagram: Uint8Array): Envelope | undefined {
  return envelopes.get(datagram)
}

/** The same memory in another envelope. */
export function readdressed(datagram: Uint8Array, envelope: Envelope): Uint8Array {
  envelopes.set(datagram, envelope)
  return datagram
}

/** Memory of its own, in the same envelope. */
export function copied(datagram: Uint8Array): Uint8Array {
  const copy = datagram.slice()
  const envelope = envelopes.get(datagram)
  return envelope ? readdressed(copy, envelope) : copy
}
