// The judge is judged: whatever the ledger and the payloads are there to notice, they notice.

import { describe, expect, test } from 'vitest'
import { Ledger } from '../../netsim/ledger.ts'
import { paint } from '../../netsim/painting.ts'
import { paintOf, type Script } from '../../netsim/script.ts'
import { SimPayloads } from '../../netsim/sim_payloads.ts'

const script: Script = { literals: [5000], controlBytes: 100, orderedStreams: [300] }

function bytesOf(stream: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  paint(paintOf('initiator', stream), offset, bytes)
  return bytes
}

const ledger = () => new Ledger('initiator', script)

describe('literal bytes', () => {
  test('that come out of order, overlap and come again are counted once', () => {
    const noted = ledger()
    noted.onStored(1, 2000, bytesOf(1, 2000, 3000))
    noted.onStored(1, 0, bytesOf(1, 0, 2500))
    noted.onStored(1, 0, bytesOf(1, 0, 2500))
    noted.onLiteral(1, 2000, 5000)
    noted.onLiteral(1, 0, 2000)
    noted.onLiteralEnd(1, 5000)
    expect(noted.deliveredBytes).toBe(5000)
    expect(noted.bufferedBytesMost).toBe(5000)
    expect(noted.readyBytes(1)).toBe(5000)
    expect(noted.consume(1, 4000)).toBe(4000)
    expect(noted.bufferedBytes).toBe(1000)
    expect(noted.hasEverything).toBe(false)
  })

  test('that are wrong, at a wrong place or of another stream are noticed', () => {
    const wrong = bytesOf(1, 0, 1000)
    wrong[999]! ^= 1
    expect(() => ledger().onStored(1, 0, wrong)).toThrow('wrong bytes')
    expect(() => ledger().onStored(1, 1, bytesOf(1, 0, 1000))).toThrow('wrong bytes')
    expect(() => ledger().onStored(1, 0, bytesOf(3, 0, 1000))).toThrow('wrong bytes')
    expect(() => ledger().onStored(1, 4000, bytesOf(1, 4000, 1001))).toThrow('holds 5000')
    expect(() => ledger().onStored(5, 0, bytesOf(5, 0, 10))).toThrow('never written')
  })

  test('that are announced twice, or before they are there, are noticed', () => {
    const noted = ledger()
    noted.onStored(1, 0, bytesOf(1, 0, 1000))
    expect(() => noted.onLiteral(1, 0, 1001)).toThrow('not stored')
    noted.onLiteral(1, 0, 600)
    expect(() => noted.onLiteral(1, 599, 1000)).toThrow('delivered twice')
  })

  test('that are missing at the end are noticed', () => {
    const noted = ledger()
    noted.onStored(1, 0, bytesOf(1, 0, 4999))
    noted.onLiteral(1, 0, 4999)
    expect(() => noted.onLiteralEnd(1, 5000)).toThrow('bytes missing')
    expect(() => noted.onLiteralEnd(1, 4999)).toThrow('ended at 4999')
    expect(noted.holds(1, 4999)).toBe(true)
    expect(noted.holds(1, 5000)).toBe(false)
  })
})

describe('ordered bytes', () => {
  test('that come in order are everything', () => {
    const noted = ledger()
    noted.onOrdered(0, bytesOf(0, 0, 60), false)
    noted.onOrdered(0, bytesOf(0, 60, 40), false)
    noted.onOrdered(2, bytesOf(2, 0, 300), true)
    expect(noted.deliveredBytes).toBe(400)
    expect(noted.readyBytes(0)).toBe(100)
  })

  test('that skip, repeat, run over or end early are noticed', () => {
    expect(() => ledger().onOrdered(2, bytesOf(2, 1, 60), false)).toThrow('wrong bytes')
    expect(() => ledger().onOrdered(2, bytesOf(2, 0, 301), true)).toThrow('more than was written')
    expect(() => ledger().onOrdered(2, bytesOf(2, 0, 299), true)).toThrow('ended early')
    const noted = ledger()
    noted.onOrdered(2, bytesOf(2, 0, 300), true)
    expect(() => noted.onOrdered(2, new Uint8Array(0), true)).toThrow('behind the end')
  })
})

test('payloads notice a core that reads what is not written yet, or no more to be read', () => {
  const payloads = new SimPayloads('initiator', new Ledger('responder', {}))
  payloads.onProduced(1, 2000)
  const target = new Uint8Array(1000)
  payloads.read(1, 1000, target)
  expect(target).toEqual(bytesOf(1, 1000, 1000))
  expect(() => payloads.read(1, 1001, target)).toThrow('not written yet')
  expect(() => payloads.read(3, 0, target)).toThrow('not written yet')
  payloads.onAcked(1, 500)
  payloads.read(1, 500, target)
  expect(() => payloads.read(1, 499, target)).toThrow('acknowledged before')
  expect(() => payloads.onAcked(1, 499)).toThrow('went back')
  expect(() => payloads.onAcked(1, 2001)).toThrow('past its end')
})
