// The initiator's half of a handshake: makes INIT, judges REPLY, makes FINISH. A REPLY that does not open changes
// nothing. Knows no time: the connection repeats `packet` until it is answered. PROTOCOL.md §5.

import { assert, must } from '../../base/assert.ts'
import { equal } from '../../base/bytes.ts'
import { createHandshake, type Handshake } from '../../crypto/noise.ts'
import type { PatternName } from '../../crypto/noise_patterns.ts'
import { suiteById } from '../../crypto/suites.ts'
import type { Violation } from '../../wire/codes.ts'
import { prologue, type ReplyPacket, writeCookied, writeFinish, writeInit } from '../../wire/packet.ts'
import { decodePayload, defaultParameters, encodePayload, type HandshakePayload } from '../../wire/params.ts'
import {
  type Established,
  earlyBytesMax,
  earlyFrames,
  type HandshakeContext,
  ownParameters,
  unreadParameters,
} from '../handshaking.ts'

/** The responder proved another key than the pinned one. §5-4 */
export interface KeyChanged {
  readonly kind: 'key_changed'
  readonly remoteStatic: Uint8Array
  readonly pattern: PatternName
}

const noBytes = new Uint8Array(0)

export class Initiator {
  /** INIT, behind a cookie if one is asked for, then FINISH where the pattern has one: repeated until answered. §5-9 */
  packet: Uint8Array
  hasCookie = false
  readonly #init: Uint8Array
  readonly pattern: PatternName
  readonly #offered: Uint8Array
  readonly #pinned: Uint8Array | undefined
  readonly #early: Uint8Array
  readonly #handshake: Handshake

  constructor(
    context: HandshakeContext,
    localId: Uint8Array,
    pinned: Uint8Array | undefined,
    early: Uint8Array,
  ) {
    assert(early.length <= earlyBytesMax(context.suites.length), 'early bytes fit into the INIT')
    const { primitives, staticKeys, psk, random } = context
    const known = pinned ? { remoteStatic: pinned } : {}
    this.pattern = pinned ? (psk ? 'IKpsk2' : 'IK') : psk ? 'XXpsk3' : 'XX' // §5-1
    this.#pinned = pinned
    this.#early = early
    this.#offered = Uint8Array.from(context.suites)
    this.#handshake = createHandshake({
      pattern: this.pattern,
      role: 'initiator',
      prologue: prologue(this.#offered),
      staticKeys,
      ephemeralRandom: random(32),
      primitives,
      ...known,
      ...(psk ? { psk } : {}),
    })
    // only IK's first message is sealed: in XX the early bytes wait for FINISH
    const frames = pinned ? earlyFrames(early) : noBytes
    const payload = encodePayload(ownParameters(context.config), undefined, frames)
    const noise = this.#handshake.writeMessage(payload)
    this.#init = writeInit({ source: localId, pattern: this.pattern, suites: this.#offered, noise })
    this.packet = this.#init
  }

  /** The responder wants this before the INIT. Anybody who saw the INIT can say so: it costs us the bytes of the cookie. §5-19 */
  onCookie(cookie: Uint8Array): void {
    this.hasCookie = true
    this.packet = writeCookied({ cookie, initBytes: this.#init })
  }

  /** undefined: it does not open, and the INIT stands. §5-13 */
  onReply(reply: ReplyPacket): Established | KeyChanged | undefined {
    if (reply.pattern === 'XXfallback' && this.pattern === 'IK') return this.#onFallback(reply)
    if (reply.pattern !== this.pattern) return undefined
    const handshake = this.#handshake
    const payload = handshake.readMessage(reply.noise)
    if (payload === undefined) return undefined
    const remoteStatic = must(handshake.remoteStatic, 'the key that message two proves')
    const said = this.#judge(decodePayload(payload, this.#offered))
    const isGood = !('code' in said)
    // the id in the clear may have been changed on its way; the one in the payload was not. §5-14
    const peerId = ((isGood && said.connectionId) || reply.source).slice()
    this.packet = handshake.isDone ? noBytes : this.#finish(peerId)
    return {
      kind: 'established',
      pattern: reply.pattern,
      secrets: handshake.split(),
      suite: must(suiteById((isGood && said.suite) || must(this.#offered[0], 'a suite')), 'our suite'),
      remoteStatic: remoteStatic.slice(),
      peerId,
      parameters: isGood ? said.parameters : unreadParameters,
      frames: isGood ? said.frames : noBytes,
      earlyBytes: this.#early.length,
      violation: isGood ? undefined : said,
    }
  }

  #judge(said: HandshakePayload | Violation): HandshakePayload | Violation {
    if ('code' in said || said.connectionId) return said
    return { code: 'PARAMETER_ERROR', frameType: 0, reason: 'a REPLY without its connection id' }
  }

  #finish(peerId: Uint8Array): Uint8Array {
    const payload = encodePayload(defaultParameters, undefined, earlyFrames(this.#early))
    return writeFinish({ destination: peerId, noise: this.#handshake.writeMessage(payload) })
  }

  // What it is for is to see the other key. One that proves the pinned key answers an INIT damaged on its way: ours
  // stands, and its repetition will be opened. §5-3
  #onFallback(reply: ReplyPacket): KeyChanged | undefined {
    const fallback = this.#handshake.fallback()
    const payload = fallback.readMessage(reply.noise)
    const remoteStatic = fallback.remoteStatic?.slice()
    fallback.wipe()
    if (!payload || !remoteStatic || !this.#pinned || equal(this.#pinned, remoteStatic)) return undefined
    return { kind: 'key_changed', remoteStatic, pattern: reply.pattern }
  }

  wipe(): void {
    this.#handshake.wipe()
  }
}
