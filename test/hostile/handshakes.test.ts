// Payloads of a peer whose handshake opens: what they declare is within its bounds, or the connection is closed with a code.
// corpus/handshakes.json

import { expect, test } from 'vitest'
import { isViolation } from '../../src/wire/codes.ts'
import { decodeHandshakeFrames } from '../../src/wire/frame.ts'
import { decodePayload } from '../../src/wire/params.ts'
import { type Bytes, bytesOf, type Case, casesOf } from './corpus.ts'

interface HandshakeCase extends Case {
  readonly bytes: Bytes
  readonly expect: string
}

for (const one of casesOf<HandshakeCase>('handshakes'))
  test(`${one.name}: ${one.why}`, () => {
    const payload = decodePayload(bytesOf(one.bytes))
    const violation = isViolation(payload) ? payload : decodeHandshakeFrames(payload.frames, () => undefined)
    expect(violation?.code ?? 'ok').toBe(one.expect)
  })
