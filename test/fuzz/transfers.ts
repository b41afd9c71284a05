// A fuzzer over the transfer's state machines: a receiver's door and a sender, each against a peer that says anything, in
// any order, changed as bytes and as messages. Storage answers by chance as it may. Nothing may throw; in the end each is
// closed with a code, done, or waits for what it may wait for.

import { PfsError } from '../../src/base/errors.ts'
import { Prng } from '../../src/base/prng.ts'
import { Admission, type House } from '../../src/transfer/admission.ts'
import { Channel } from '../../src/transfer/channel.ts'
import { offerOf as offerFor } from '../../src/transfer/offering.ts'
import { Sending } from '../../src/transfer/sending.ts'
import type { Setup } from '../../src/transfer/setup.ts'
import type {
  BuildEvent,
  OfferVerdict,
  PreparedSource,
  SourceEvent,
} from '../../src/transfer/storage/events.ts'
import { isViolation } from '../../src/wire/codes.ts'
import { decodeMessage, encodeMessage, lengthBytes, type Message } from '../../src/wire/message.ts'
import { roundHeader } from '../support/rounds.ts'
import { blob, FakeLink, FakeStorage, id, say, settle, size, transfer } from '../transfer/session.ts'
import { type Fuzzer, insist, seedOf } from './fuzzer.ts'
import { mutated } from './mutate.ts'
import { seedsOf } from './seeds.ts'

const handle = 5
const wordsMax = 24
const bodies = seedsOf('messages')

/** What a peer says next: a message as it should be, or one changed in its bytes that may still be one. */
function said(prng: Prng): Uint8Array {
  const messages: readonly (() => Message)[] = [
    () => say.offer(prng.chance(0.5) ? { blob } : {}),
    () => say.offer({ transfer: id(prng.below(3)).subarray(0, 16), kind: 'stream', size: 0 }),
    () => say.offer({ kind: 'tree', list: { blob, size } }),
    () => say.offer({ inquiry: true }),
    () => say.offer({ kind: 'blob', blob }),
    () =>
      say.answer({ state: (['open', 'whole', 'name', 'list', 'kept'] as const)[prng.below(5)] ?? 'open' }),
    () => say.answer({ held: [{ start: 0, end: size }], grant: prng.below(2 * size) }),
    () => say.refuse(prng.below(0x40)),
    () => say.end({ size: prng.chance(0.5) ? size : 5 }),
    () => say.miss(prng.below(size), size + prng.below(5)),
    () => say.want(prng.chance(0.5) ? 63 : prng.below(5), [prng.below(9)]),
    () => say.nodes(prng.below(3)),
    () => say.done(prng.chance(0.7) ? blob : id(1)),
    () => say.hold(),
    () => say.list(prng.below(2), prng.chance(0.5), [id(1)]),
    () => say.wish([id(1)]),
    () => say.syncEnd(),
  ]
  const whole = encodeMessage(messages[prng.below(messages.length)]!())
  if (prng.chance(0.5)) return whole
  const body = mutated(prng, [whole.subarray(lengthBytes), ...(prng.chance(0.2) ? bodies : [])])
  const message = decodeMessage(body)
  if (!isViolation(message)) return encodeMessage(message)
  const raw = new Uint8Array(lengthBytes + body.length)
  raw.set([0, 0, body.length >> 8, body.length & 0xff])
  raw.set(body, lengthBytes)
  return raw
}

const answerOf = (prng: Prng): OfferVerdict => {
  const states = ['open', 'whole', 'name', 'list', 'kept'] as const
  const verdicts: readonly OfferVerdict[] = [
    {
      kind: 'answer',
      state: states[prng.below(5)] ?? 'open',
      held: [],
      candidates: [],
      grant: size,
      codecs: [1],
    },
    { kind: 'refuse', code: 'DISK_FULL', text: 'no room' },
    { kind: 'conflict', count: 1, paths: ['a'] },
    { kind: 'later' },
  ]
  return verdicts[prng.chance(0.7) ? 0 : prng.below(4)]!
}

const fault = { code: 'PFS_READ', message: 'x', hint: undefined, retryable: false } as const
const stats = { path: '/f', size, reusedBytes: 0, literalBytes: size, isUnchanged: false }

/** What the storage side may say of a build at any time. */
const buildEvent = (prng: Prng): BuildEvent =>
  [
    {
      kind: 'progress',
      builtBytes: prng.below(size),
      verifiedBytes: 0,
      reusedBytes: 0,
      doneFiles: 0,
      totalFiles: 1,
    } as const,
    { kind: 'done', blob, stats } as const,
    { kind: 'failed', wire: 'CORRUPT', error: fault } as const,
    { kind: 'failed', wire: 'PROGRAM_ERROR', error: fault } as const,
    { kind: 'miss', ranges: [{ start: 0, end: 1 }] } as const,
    { kind: 'want', level: 63, indexes: [0] } as const,
  ][prng.below(6)]!

const sourceEvent = (prng: Prng): SourceEvent =>
  [
    { kind: 'round_end', end: { blob, size, opBytes: 0, literalBytes: 0 } } as const,
    { kind: 'scanned', scannedBytes: prng.below(size) } as const,
    { kind: 'failed', error: fault } as const,
  ][prng.below(3)]!

async function receiver(prng: Prng): Promise<void> {
  let handles = 0
  const storage = new FakeStorage({
    look: () => ({ handle: ++handles, verdict: answerOf(prng), isUnchanged: prng.chance(0.1) }),
    listBlobs: () => [{ blob: id(1), size }],
  })
  const link = new FakeLink()
  link.isConfirmed = prng.chance(0.7)
  const house: House = {
    setup: { storage: storage.asThread, peers: { maySend: () => prng.chance(0.7) } } as unknown as Setup,
    options: {
      directory: '/files',
      onConflict: 'ask',
      onEvent: () => {},
      accept: () => Promise.resolve(prng.chance(0.5)),
      decide: () => Promise.resolve(prng.chance(0.5) ? 'overwrite' : 'fail'),
    } as unknown as House['options'],
    mayBegin: () => prng.chance(0.9),
    onEnded: () => {},
    onGone: () => {},
  }
  const door = new Admission(house, link)
  for (let words = prng.below(wordsMax); words > 0 && link.closed === undefined; words--) {
    speak(prng, link)
    if (prng.chance(0.5)) await settle()
    if (prng.chance(0.3))
      storage.emitBuild(prng.chance(0.7) ? handles : prng.below(handles + 1), buildEvent(prng))
    if (prng.chance(0.1) && !link.isConfirmed) {
      link.isConfirmed = true
      link.handlers?.onConfirmed()
    }
  }
  await settle()
  insist(door.open.length <= 16, '§15.11-3: more open than may be')
  link.handlers?.onClosed(prng.chance(0.5) ? undefined : new PfsError('PFS_CANCELLED', 'gone'))
  await settle()
  insist(door.open.length === 0, 'a transfer that outlives its connection')
  insist(storage.listeners === 0, 'a listener that outlives its connection')
}

/** Messages, and bytes of streams that nobody may have announced. */
function speak(prng: Prng, link: FakeLink): void {
  const handlers = link.handlers
  if (!handlers) return
  switch (prng.below(8)) {
    case 0:
      return handlers.onOrdered(
        2 + 2 * prng.below(3),
        prng.chance(0.7)
          ? roundHeader(transfer, 1 + prng.below(2), 3)
          : mutated(prng, [roundHeader(transfer, 1, 3)]),
        prng.chance(0.5),
      )
    case 1:
      return handlers.onSlab(1 + 2 * prng.below(3), 0, new SharedArrayBuffer(64), 64, prng.chance(0.5))
    case 2:
      return prng.chance(0.5) ? handlers.onReset(2, 0x2a) : handlers.onStopped(2, 0x2a)
    default:
      return handlers.onControl(said(prng))
  }
}

async function sender(prng: Prng): Promise<void> {
  const link = new FakeLink()
  const storage = new FakeStorage({
    nameSource: () => blob,
    sourceNodes: () => (prng.chance(0.5) ? [] : undefined),
    openSource: () => ({ size, heldBytes: 0 }),
    sourceFailures: () => [],
    sourcePaths: () => [],
  })
  const prepared: PreparedSource = {
    transfer,
    name: 'file',
    size,
    mode: 0o644,
    mtimeNanos: 0n,
    poolId: new Uint8Array(16),
    chunking: 1,
    blob: prng.chance(0.5) ? blob : undefined,
    candidates: [{ blob: id(1), size: 10 }],
  }
  const channel = new Channel(link, {
    onMessage: message => sending.onMessage(message),
    openRound: () => 'out_of_turn',
    onConfirmed: () => {},
    onDrain: () => {},
    onClosed: error => sending.fail(error ?? new PfsError('PFS_CANCELLED', 'gone')),
  })
  const source = { handle, prepared }
  const hooks = { onPhase: () => {}, onProgress: () => {} }
  const sending = new Sending(channel, storage.asThread, source, offerFor(source, 'file'), hooks)
  const ends = sending.result.then(
    () => 'done',
    (error: unknown) => String(error),
  )
  storage.listenSource(handle, event => sending.onSource(event))
  for (let words = prng.below(wordsMax); words > 0 && link.closed === undefined; words--) {
    speak(prng, link)
    if (prng.chance(0.5)) await settle()
    if (prng.chance(0.3) && storage.count('streamSource') > 0) storage.emitSource(handle, sourceEvent(prng))
  }
  link.handlers?.onClosed(undefined)
  const end = await ends
  // what the peer says of itself has no such word in it
  insist(
    !/(Type|Range|Syntax|Reference)Error|assert|internal error: /.test(end),
    `a sender that ends with ${end}`,
  )
}

export const transferFuzzers: readonly Fuzzer[] = [
  { name: 'receivers', share: 0.02, run: input => receiver(new Prng(seedOf(input))) },
  { name: 'senders', share: 0.02, run: input => sender(new Prng(seedOf(input))) },
]
