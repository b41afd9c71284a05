// The door of a receiver with hand-made things on both sides of it: a link on the one, a storage side on the other.

import { expect } from 'vitest'
import { varintSize, Writer } from '../../src/base/bytes.ts'
import type { PfsError } from '../../src/base/errors.ts'
import { Admission, type House } from '../../src/transfer/admission.ts'
import type { Stranger, TransferSummary } from '../../src/transfer/events.ts'
import type { Setup } from '../../src/transfer/setup.ts'
import type { BuildEvent, OfferVerdict } from '../../src/transfer/storage/events.ts'
import { blob, FakeLink, FakeStorage, say, settle, size, transfer } from './session.ts'

const handle = 5
export const open: Extract<OfferVerdict, { kind: 'answer' }> = {
  kind: 'answer',
  state: 'open',
  held: [],
  candidates: [],
  grant: size,
  codecs: [],
}

export interface Options {
  readonly verdict?: OfferVerdict
  readonly isUnchanged?: boolean
  readonly isConfirmed?: boolean
  readonly isTrusted?: boolean
  readonly welcome?: (stranger: Stranger) => Promise<boolean>
  readonly mayBegin?: () => boolean
}

export function make(options: Options = {}) {
  const { verdict = open, isUnchanged = false, isConfirmed = true, isTrusted = true } = options
  const storage = new FakeStorage({ look: () => ({ handle, verdict, isUnchanged }), listBlobs: () => [] })
  const link = new FakeLink()
  link.isConfirmed = isConfirmed
  const outcomes: string[] = []
  const events: string[] = []
  const house: House = {
    setup: { storage: storage.asThread, peers: { maySend: () => isTrusted } } as unknown as Setup,
    options: {
      directory: '/files',
      onConflict: 'fail',
      onEvent: ({ kind }: { kind: string }) => events.push(kind),
      accept: options.welcome ?? (() => Promise.resolve(false)),
    } as unknown as House['options'],
    mayBegin: options.mayBegin ?? (() => true),
    onEnded: (_, outcome: TransferSummary | PfsError) =>
      outcomes.push('code' in outcome ? outcome.code : 'done'),
    onGone: () => {},
  }
  const admission = new Admission(house, link)
  const build = (event: BuildEvent): void => storage.emitBuild(handle, event)
  const confirm = (): void => {
    link.isConfirmed = true
    link.handlers?.onConfirmed()
  }
  return { admission, link, storage, outcomes, events, build, confirm }
}

export const stats = { path: '/files/file', size, reusedBytes: 0, literalBytes: size, isUnchanged: false }

/** As far as the build. */
export async function building(options: Options = {}) {
  const world = make(options)
  world.link.hear(say.offer({ blob }))
  await settle()
  expect(world.link.words).toEqual(['answer'])
  expect(world.storage.count('startBuild')).toBe(1)
  return world
}

/** The head of a round on an op stream. */
export function roundHeader(round: number, literalStream: number, id = transfer): Uint8Array {
  const w = new Writer(new Uint8Array(16 + varintSize(round) + varintSize(literalStream)))
  w.bytes(id)
  w.varint(round)
  w.varint(literalStream)
  return w.written()
}
