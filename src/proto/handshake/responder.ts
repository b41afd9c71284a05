// The responder's half of a handshake: judges an INIT, makes the REPLY, judges FINISH. Nothing here decides whether
// the peer is welcome: that is the owner's. PROTOCOL.md §5.

import { must } from '../../base/assert.ts'
import { createHandshake, type Handshake } from '../../crypto/noise.ts'
import { fallbackForResponder } from '../../crypto/noise_fallback.ts'
import type { PatternName } from '../../crypto/noise_patterns.ts'
import { chooseSuite, type Suite, suiteById } from '../../crypto/suites.ts'
import type { Violation } from '../../wire/codes.ts'
import { type InitPacket, prologue, writeReply } from '../../wire/packet.ts'
import { decodePayload, encodePayload, type HandshakePayload } from '../../wire/params.ts'
import { type Established, type HandshakeContext, ownParameters, unreadParameters } from '../handshaking.ts'

const noBytes = new Uint8Array(0)

/** Ready to make a REPLY. */
export interface Opened {
  readonly kind: 'opened' | 'fallback'
  readonly handshake: Handshake
  readonly suite: Suite
  readonly payload: Uint8Array | undefined
}

/** undefined: nothing to answer. `mayFallBack` is asked when it does not open, before that costs more. §5-2 */
export function openInit(
  context: HandshakeContext,
  init: InitPacket,
  mayFallBack: () => boolean,
): Opened | undefined {
  const suite = suiteById(chooseSuite(context.suites, [...init.suites]) ?? 0)
  const usesPsk = init.pattern === 'IKpsk2' || init.pattern === 'XXpsk3'
  if (suite === undefined || (usesPsk && context.psk === undefined)) return undefined
  const { primitives, staticKeys, random, psk } = context
  const shared = { prologue: prologue(init.suites), staticKeys, primitives }
  const handshake = createHandshake({
    ...shared,
    pattern: init.pattern,
    role: 'responder',
    ephemeralRandom: random(32),
    ...(usesPsk && psk ? { psk } : {}),
  })
  const payload = handshake.readMessage(init.noise)
  if (payload) return { kind: 'opened', handshake, suite, payload }
  handshake.wipe()
  if (init.pattern !== 'IK' || !mayFallBack()) return undefined
  const fallback = fallbackForResponder({ ...shared, ephemeralRandom: random(32) }, init.noise)
  return fallback && { kind: 'fallback', handshake: fallback, suite, payload: undefined }
}

export class Responder {
  /** Sent again for each repetition of the INIT. §5-8 */
  readonly reply: Uint8Array
  readonly pattern: PatternName
  readonly #handshake: Handshake
  readonly #suite: Suite
  readonly #peerId: Uint8Array
  #parameters = unreadParameters
  #frames: Uint8Array = noBytes
  #violation: Violation | undefined

  constructor(context: HandshakeContext, localId: Uint8Array, init: InitPacket, opened: Opened) {
    this.#handshake = opened.handshake
    this.#suite = opened.suite
    this.#peerId = init.source.slice()
    this.pattern = opened.handshake.patternName
    if (opened.payload) this.#take(decodePayload(opened.payload))
    const payload = encodePayload(ownParameters(context.config), opened.suite.id, noBytes, localId)
    const noise = opened.handshake.writeMessage(payload)
    this.reply = writeReply({
      destination: this.#peerId,
      source: localId,
      pattern: must(this.pattern, 'a pattern'),
      noise,
    })
  }

  /** Under IK the keys exist as soon as the REPLY does. */
  get established(): Established | undefined {
    if (!this.#handshake.isDone) return undefined
    return {
      kind: 'established',
      pattern: this.pattern,
      secrets: this.#handshake.split(),
      suite: this.#suite,
      remoteStatic: must(this.#handshake.remoteStatic, 'the key the handshake proved').slice(),
      peerId: this.#peerId,
      parameters: this.#parameters,
      frames: this.#frames,
      earlyBytes: 0,
      violation: this.#violation,
    }
  }

  /** undefined: it does not open, or the handshake is over. A fallback is never finished. §5-3 */
  onFinish(noise: Uint8Array): Established | undefined {
    if (this.#handshake.isDone || this.pattern === 'XXfallback') return undefined
    const payload = this.#handshake.readMessage(noise)
    if (payload === undefined) return undefined
    const said = decodePayload(payload)
    // the parameters came with the INIT; frames in the clear of an XX INIT never counted
    if ('code' in said) this.#take(said)
    else this.#frames = said.frames
    return this.established
  }

  wipe(): void {
    this.#handshake.wipe()
  }

  #take(said: HandshakePayload | Violation): void {
    if ('code' in said) this.#violation ??= said
    else {
      this.#parameters = said.parameters
      this.#frames = said.frames
    }
  }
}
