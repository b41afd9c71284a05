// Makes noise_failures.json: for each way a handshake message can be wrong, who reads it, what that side has
// seen so far, and the bytes that must not open. The honest half of each is checked against published vectors
// in noise.json. PROTOCOL.md §6.1.

import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createHandshake, type Handshake, type HandshakeOptions } from '../../src/crypto/noise.ts'
import { type PatternName, patterns, type Role } from '../../src/crypto/noise_patterns.ts'
import { createPrimitives } from '../../src/host/primitives.ts'

const painted = (start: number) => Uint8Array.from({ length: 32 }, (_, i) => (start + i) % 251)
const payload = Uint8Array.of(1, 2, 3, 4)
const ephemeralAt = 0
const sealedStaticAt = 32
const chance = { initiator: painted(11), responder: painted(22) }
const secret = { initiator: painted(33), responder: painted(44) }
const psk = painted(55)
const prologue = Uint8Array.of(0x70, 0x66, 0x73, 0)
const primitives = await createPrimitives()
const otherStatic = primitives.generateKeyPair(painted(66)).publicKey

// The curve's points of order 1, 2, 4 and 8 that RFC 7748 §6.1 warns of, and one that only differs by a
// multiple of p.
const lowOrder: Readonly<Record<string, string>> = {
  zero: '0000000000000000000000000000000000000000000000000000000000000000',
  one: '0100000000000000000000000000000000000000000000000000000000000000',
  eight: 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  'minus-one': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'p-itself': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
}

interface Case {
  readonly name: string
  readonly why: string
  readonly pattern: PatternName
  /** Which message goes wrong, from 0. */
  readonly message: number
  readonly spoil?: (message: Uint8Array) => Uint8Array
  /** What the writer has otherwise than the reader expects. */
  readonly writer?: Changed
}

type Changed = Partial<Pick<HandshakeOptions, 'remoteStatic' | 'prologue' | 'psk'>>

function flip(at: number) {
  return (message: Uint8Array) => {
    const spoilt = message.slice()
    const index = at < 0 ? message.length + at : at
    spoilt[index] = must(spoilt[index], 'a byte') ^ 0x40
    return spoilt
  }
}

function replaceEphemeral(hex: string) {
  return (message: Uint8Array) => {
    const spoilt = message.slice()
    spoilt.set(must(fromHex(hex), 'hex'))
    return spoilt
  }
}

const cases: readonly Case[] = [
  ...everyMessage('truncated', 'the last byte is missing', message => message.slice(0, -1)),
  ...everyMessage('no-key', 'it ends inside its first key', message => message.slice(0, 31)),
  ...everyMessage('empty', 'nothing at all', () => new Uint8Array(0)),
  ...everyMessage('long', 'one byte too many', message => Uint8Array.of(...message, 0)),
  ...everyMessage('payload', 'a bit of the payload’s tag', flip(-1)),
  ...everyMessage('ephemeral', 'a bit of the ephemeral key, or of what stands first', flip(ephemeralAt)),
  sealedStatic('IK', 0, sealedStaticAt),
  sealedStatic('IKpsk2', 0, sealedStaticAt),
  sealedStatic('XX', 1, sealedStaticAt),
  sealedStatic('XX', 2, 0),
  sealedStatic('XXpsk3', 1, sealedStaticAt),
  sealedStatic('XXpsk3', 2, 0),
  wrong('IK', 0, 'static', 'sealed for another static key', { remoteStatic: otherStatic }),
  wrong('IKpsk2', 0, 'static', 'sealed for another static key', { remoteStatic: otherStatic }),
  ...(['IK', 'IKpsk2', 'XXpsk3'] as const).map(pattern => otherPrologue(pattern, 0)),
  otherPrologue('XX', 1),
  wrong('IKpsk2', 1, 'psk', 'the psk enters at the end of the second message', { psk: painted(56) }),
  wrong('XXpsk3', 2, 'psk', 'the psk enters at the end of the third message', { psk: painted(56) }),
  ...Object.entries(lowOrder).flatMap(([name, point]) =>
    (['IK', 'XX'] as const).flatMap(pattern =>
      [0, 1].map(message => ({
        name: `${pattern}/${message}/low-order-${name}`,
        why: '6.1-3: the peer would choose the secret',
        pattern,
        message,
        spoil: replaceEphemeral(point),
      })),
    ),
  ),
]

// XX and its like send the first message in the clear: there only the key's absence can be seen.
function everyMessage(name: string, why: string, spoil: (message: Uint8Array) => Uint8Array): Case[] {
  const rows: Case[] = []
  for (const pattern of ['IK', 'XX', 'IKpsk2', 'XXpsk3'] as const)
    for (let message = 0; message < patterns[pattern].messages.length; message++) {
      const isClear = message === 0 && pattern === 'XX'
      if (isClear && name !== 'no-key' && name !== 'empty') continue
      rows.push({ name: `${pattern}/${message}/${name}`, why, pattern, message, spoil })
    }
  return rows
}

function sealedStatic(pattern: PatternName, message: number, at: number): Case {
  const name = `${pattern}/${message}/static-bit`
  return { name, why: 'a bit of the sealed static key', pattern, message, spoil: flip(at) }
}

function otherPrologue(pattern: PatternName, message: number): Case {
  const why = '6.1-2: seen in the first message that seals anything'
  return wrong(pattern, message, 'prologue', why, { prologue: Uint8Array.of(1) })
}

function wrong(pattern: PatternName, message: number, what: string, why: string, writer: Changed): Case {
  return { name: `${pattern}/${message}/wrong-${what}`, why, pattern, message, writer }
}

export function make(): unknown {
  return cases.map(makeOne)
}

function makeOne(one: Case) {
  const pattern = patterns[one.pattern]
  const writerRole: Role = must(pattern.messages[one.message], 'a message').from
  const readerRole: Role = writerRole === 'initiator' ? 'responder' : 'initiator'
  const reader = side(one.pattern, readerRole, {})
  const writer = side(one.pattern, writerRole, one.writer ?? {})

  const before: { readonly writes: boolean; readonly message: string }[] = []
  for (let i = 0; i < one.message; i++) {
    const from = pattern.messages[i]?.from === readerRole ? reader : writer
    const message = from.writeMessage(payload)
    const to = from === reader ? writer : reader
    must(to.readMessage(message), 'the messages before open')
    before.push({ writes: from === reader, message: toHex(message) })
  }
  const message = writer.writeMessage(payload)
  return {
    name: `noise/${one.name}`,
    why: one.why,
    pattern: one.pattern,
    reader: readerRole,
    prologue: toHex(prologue),
    static: toHex(secret[readerRole]),
    ephemeral: toHex(chance[readerRole]),
    ...(pattern.usesPsk && { psk: toHex(psk) }),
    ...(knowsResponder(one.pattern, readerRole) && {
      remoteStatic: toHex(primitives.generateKeyPair(secret.responder).publicKey),
    }),
    payload: toHex(payload),
    before,
    message: toHex(one.spoil ? one.spoil(message) : message),
    honest: one.writer ? undefined : toHex(message),
    expect: 'does-not-open',
  }
}

const knowsResponder = (pattern: PatternName, role: Role) =>
  patterns[pattern].known?.key === 's' && role === 'initiator'

function side(pattern: PatternName, role: Role, changed: Changed): Handshake {
  return createHandshake({
    pattern,
    role,
    prologue,
    primitives,
    staticKeys: primitives.generateKeyPair(secret[role]),
    ephemeralRandom: chance[role],
    ...(patterns[pattern].usesPsk && { psk }),
    ...(knowsResponder(pattern, role) && {
      remoteStatic: primitives.generateKeyPair(secret.responder).publicKey,
    }),
    ...changed,
  })
}
