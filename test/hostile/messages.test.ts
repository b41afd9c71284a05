// Messages of a peer that may send, at the real door of a receiver: each closes with a code, and nothing of it reaches the
// storage side. corpus/messages.json

import { Packr } from 'msgpackr/index-no-eval'
import { expect, test } from 'vitest'
import { make } from '../transfer/door.ts'
import { settle } from '../transfer/session.ts'
import { type Bytes, bytesOf, type Case, casesOf } from './corpus.ts'

interface MessageCase extends Case {
  readonly bytes?: Bytes
  /** An OFFER that is right but for this. */
  readonly offer?: {
    readonly kind?: number
    readonly name?: string
    readonly size?: number
    readonly mtimeMillis?: number
    readonly mode?: number
    readonly candidates?: number
  }
  readonly expect: string
}

const packr = new Packr({ useRecords: false, mapsAsObjects: false, int64AsType: 'number', copyBuffers: true })
const wide = (value: number): number | bigint => (Math.abs(value) > 0x7fffffff ? BigInt(value) : value)

/** Written by hand: our own encoder refuses what the corpus is for. */
function offerOf({
  kind = 1,
  name = 'f',
  size = 9,
  mtimeMillis = 0,
  mode = 0,
  candidates = 0,
}: NonNullable<MessageCase['offer']>) {
  const short = [new Uint8Array(8), 1]
  const fields: readonly (readonly [number, unknown])[] = [
    [0, 1],
    [1, new Uint8Array(16)],
    [2, kind],
    [3, new Uint8Array(Buffer.from(name))],
    [4, wide(size)],
    [5, wide(mtimeMillis)],
    [6, mode],
    [7, new Uint8Array(16)],
    [8, 1],
    [10, Array.from({ length: candidates }, () => short)],
  ]
  const body = packr.pack(new Map(fields))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return new Uint8Array(Buffer.concat([head, body]))
}

test('an OFFER written by hand is one', async () => {
  const { link, storage } = make()
  link.handlers?.onControl(offerOf({}))
  await settle()
  expect({ closed: link.closed, looks: storage.count('look') }).toEqual({ looks: 1 })
})

for (const one of casesOf<MessageCase>('messages'))
  test(`${one.name}: ${one.why}`, async () => {
    const { link, storage } = make()
    link.handlers?.onControl(one.offer ? offerOf(one.offer) : bytesOf(one.bytes ?? ''))
    await settle()
    expect(link.closed ?? 'waits').toBe(one.expect)
    expect(storage.calls).toEqual([])
    expect(link.said).toEqual([])
  })
