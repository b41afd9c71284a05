// Makes keys.json: key schedule, nonces, sealed packets and their forgeries, packet numbers, the replay
// window, peer ids. Sealing is node's own and AEGIS the soft one; the published vectors in primitives.json stand behind
// both.
// PROTOCOL.md §6.2 to §6.6.

import { must } from '../../src/base/assert.ts'
import { concat, toHex } from '../../src/base/bytes.ts'
import { fingerprint, formatPeerId } from '../../src/crypto/identity.ts'
import { writeNonce } from '../../src/crypto/nonce.ts'
import { expandPacketNumber } from '../../src/crypto/packet_number.ts'
import { nextSecret, packetKeys } from '../../src/crypto/schedule.ts'
import { suiteAegis128L, suites } from '../../src/crypto/suites.ts'
import { createNodeAead } from '../../src/host/aead_node.ts'
import { createPrimitives } from '../../src/host/primitives.ts'
import { createSoftAegis } from '../support/aegis128l.ts'

const painted = (length: number, start = 0) => Uint8Array.from({ length }, (_, i) => (start + i) % 251)

export async function make(): Promise<unknown> {
  const primitives = await createPrimitives()
  const secret = painted(32, 100)
  const schedule = suites.map(suite => {
    const phase1 = nextSecret(primitives, secret)
    const first = packetKeys(primitives, suite, secret)
    const second = packetKeys(primitives, suite, phase1)
    return {
      name: `schedule/${suite.name}`,
      why: '6.2: the keys of phase 0, the secret of phase 1 and its keys',
      suite: suite.id,
      secret: toHex(secret),
      key: toHex(first.key),
      iv: toHex(first.iv),
      nextSecret: toHex(phase1),
      nextKey: toHex(second.key),
      nextIv: toHex(second.iv),
      expect: 'ok',
    }
  })
  return { schedule, nonces: nonces(), packets: packets(), numbers: numbers(), replay, peers: peers() }
}

function nonces() {
  const rows: readonly [string, string, number, number][] = [
    ['first', 'packet 0 of path 0 is the iv itself', 0, 0],
    ['path', 'the path id is the first four bytes', 0x01020304, 0],
    ['low', 'the number is the last eight bytes', 0, 0x05060708],
    ['high', 'a number beyond 32 bits', 1, 2 ** 32 + 1],
    ['largest', 'the last number there is', 2 ** 32 - 1, Number.MAX_SAFE_INTEGER],
  ]
  const row = (prefix: string, iv: Uint8Array, [name, why, pathId, packetNumber]: (typeof rows)[number]) => {
    const nonce = new Uint8Array(iv.length)
    writeNonce(nonce, iv, pathId, packetNumber)
    return {
      name: `nonce/${prefix}${name}`,
      why,
      iv: toHex(iv),
      pathId,
      packetNumber,
      nonce: toHex(nonce),
      expect: 'ok',
    }
  }
  return [
    ...rows.map(of => row('', painted(12, 7), of)),
    // the first four bytes of the longer nonce are the iv's own
    ...rows.map(of => row('16-bytes/', painted(16, 7), of)),
  ]
}

function packets() {
  return suites.flatMap(suite => {
    const key = painted(suite.keyBytes, 33)
    const nonce = painted(suite.nonceBytes, 7)
    const header = Uint8Array.of(0x40, ...painted(8, 200), 0, 0, 0, 0, 9)
    const plain = painted(20)
    const packet = concat(header, plain, new Uint8Array(suite.tagBytes))
    const aead = suite.id === suiteAegis128L ? createSoftAegis() : createNodeAead()
    aead.sealer(suite.id, key).seal(packet, header.length, plain.length, nonce)
    const row = (name: string, why: string, bytes: Uint8Array, nonceUsed: Uint8Array = nonce) => ({
      name: `packet/${suite.name}/${name}`,
      why,
      suite: suite.id,
      key: toHex(key),
      nonce: toHex(nonceUsed),
      header: toHex(bytes.subarray(0, header.length)),
      sealed: toHex(bytes.subarray(header.length)),
      expect: 'forged',
    })
    return [
      { ...row('sealed', '6.3: the usual case', packet), plain: toHex(plain), expect: 'ok' },
      row('phase', 'the phase bit is authenticated', flip(packet, 0)),
      row('destination', 'the connection id is authenticated', flip(packet, 1)),
      row('number', 'the number is authenticated', flip(packet, header.length - 1)),
      row('payload', 'a bit of the ciphertext', flip(packet, header.length)),
      row('tag', 'a bit of the tag', flip(packet, packet.length - 1)),
      row('truncated', 'one byte short', packet.slice(0, -1)),
      row('no-tag', 'too short for a tag', packet.slice(0, header.length + suite.tagBytes - 1)),
      row('nonce', 'opened as another number', packet, flip(nonce, nonce.length - 1)),
    ]
  })
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = bytes.slice()
  flipped[at] = must(bytes[at], 'a byte') ^ 1
  return flipped
}

function numbers() {
  const rows: readonly [string, string, number, number][] = [
    ['first', 'nothing opened yet', 0, -1],
    ['next', 'the usual case', 8, 7],
    ['late', 'reordered by a little', 3, 7],
    ['wrap', 'the low bits start over', 0, 2 ** 32 - 1],
    ['before-wrap', 'late across the start-over', 2 ** 32 - 1, 2 ** 32 + 4],
    ['tie', 'two equally near: the higher', 2 ** 31, 2 ** 32 - 1],
    ['under-tie', 'one further than half a span: the lower', 2 ** 31 + 1, 2 ** 32 - 1],
    ['floor', 'no number is below 0', 2 ** 32 - 1, -1],
    ['top', 'the last number there is', 2 ** 32 - 1, Number.MAX_SAFE_INTEGER - 1],
    ['ceiling', 'no number is above 2^53 - 1', 5, Number.MAX_SAFE_INTEGER - 1],
    ['beyond', 'all numbers used', 1, Number.MAX_SAFE_INTEGER],
  ]
  return rows.map(([name, why, truncated, largest]) => ({
    name: `number/${name}`,
    why,
    truncated,
    largest,
    packetNumber: expandPacketNumber(truncated, largest),
    expect: 'ok',
  }))
}

// Numbers in the order in which their packets open, and what the window must say of each.
const replay = [
  {
    name: 'replay/twice',
    why: '6.4: once is enough',
    numbers: [0, 1, 0, 1],
    fresh: [true, true, false, false],
  },
  {
    name: 'replay/reordered',
    why: 'late is not old',
    numbers: [9, 3, 9, 4, 3],
    fresh: [true, true, false, true, false],
  },
  { name: 'replay/edge', why: 'the oldest number it remembers', numbers: [4096, 1], fresh: [true, true] },
  { name: 'replay/old', why: 'one older than that', numbers: [4096, 0], fresh: [true, false] },
  {
    name: 'replay/jump',
    why: 'a leap forgets what it passes',
    numbers: [5, 4101, 6, 5],
    fresh: [true, true, true, false],
  },
  {
    name: 'replay/far',
    why: 'a leap over many windows, numbers beyond 32 bits',
    numbers: [7, 2 ** 40, 2 ** 40 - 4095, 2 ** 40 - 4096, 2 ** 40],
    fresh: [true, true, true, false, false],
  },
].map(row => ({ ...row, expect: 'ok' }))

function peers() {
  const keysOf: readonly [string, Uint8Array][] = [
    ['zero', new Uint8Array(32)],
    ['ones', new Uint8Array(32).fill(255)],
    ['painted', painted(32, 90)],
  ]
  const good = keysOf.map(([name, publicKey]) => ({
    name: `peer/${name}`,
    why: '6.6: a key and its one spelling',
    id: formatPeerId(publicKey),
    publicKey: toHex(publicKey),
    fingerprint: fingerprint(publicKey),
    expect: 'ok',
  }))
  const id = formatPeerId(painted(32, 90))
  const bad: readonly [string, string, string][] = [
    ['short', 'a letter is missing', id.slice(1)],
    ['long', 'a letter too many', `${id}a`],
    ['foreign', 'a digit that base32 does not have', `1${id.slice(1)}`],
    ['second-spelling', 'the four bits after the key are not zero', `${id.slice(0, -1)}${'b'}`],
    ['padding', 'no padding', `${id.slice(0, -1)}=`],
  ]
  return [
    ...good,
    ...bad.map(([name, why, text]) => ({ name: `peer/${name}`, why, id: text, expect: 'malformed' })),
  ]
}
