// Rounds of a transfer as a hostile sender makes them: ops and literals of its own choosing, and END where it wants one.
// Knows the wire's form, no test.

import { must } from '../../src/base/assert.ts'
import { varintSize, Writer } from '../../src/base/bytes.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import type { Op } from '../../src/offset/ops.ts'
import * as endMessage from '../../src/wire/messages/end.ts'
import type * as offerMessage from '../../src/wire/messages/offer.ts'
import type { Hostile } from './hostile.ts'

/** §15.5 */
export function roundHeader(transfer: Uint8Array, number: number, literalStream: number): Uint8Array {
  const header = new Writer(new Uint8Array(transfer.length + varintSize(number) + varintSize(literalStream)))
  header.bytes(transfer)
  header.varint(number)
  header.varint(literalStream)
  return header.written()
}

/** A round: the ops, the literals, and END where a blob is named. */
export function sendRound(
  peer: Hostile,
  { transfer, size }: offerMessage.Offer,
  number: number,
  ops: readonly Op[] | Uint8Array,
  literals: Uint8Array,
  blob: Uint8Array | undefined,
): void {
  const out = must(peer.link.openOrdered(), 'an op stream')
  const literal = must(peer.link.openLiteral(), 'a literal stream')
  out.write(roundHeader(transfer, number, literal.stream))
  let opBytes = 0
  for (const block of ops instanceof Uint8Array ? [ops] : encodeOps(ops)) {
    out.write(block)
    opBytes += block.length
  }
  if (literals.length > 0) literal.write(literals.slice())
  if (!blob) return
  out.end()
  literal.end()
  peer.send({ type: endMessage.type, transfer, blob, size, opBytes, literalBytes: literals.length })
}
