// What a stream still owes, against a model that marks each byte. §8-9, §9-8.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Credit } from '../../../src/proto/send/credit.ts'
import { OrderedSend } from '../../../src/proto/send/ordered.ts'
import { Progress } from '../../../src/proto/send/progress.ts'

type Mark = 'new' | 'flying' | 'lost' | 'acked'

test('lost ranges, new bytes and what is acknowledged agree with the model after any history', () => {
  const step = fc.tuple(fc.constantFrom('send', 'ack', 'lose'), fc.nat(200), fc.integer({ min: 1, max: 40 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const progress = new Progress(1, 150)
      progress.write(200, false)
      const marks = new Array<Mark>(200).fill('new')
      for (const [act, at, length] of steps) {
        if (act === 'send') {
          const lost = progress.firstLost
          const start = lost ?? progress.next
          const end =
            lost === undefined
              ? start + Math.min(length, progress.freshBytes)
              : Math.min(progress.endOfLost(start), start + length)
          progress.onSent(start, end)
          for (let i = start; i < end; i++) if (marks[i] !== 'acked') marks[i] = 'flying'
        } else {
          const start = Math.min(at, progress.next)
          const end = Math.min(start + length, progress.next)
          if (act === 'ack') progress.onAcked(start, end)
          else progress.onLost(start, end)
          for (let i = start; i < end; i++)
            if (marks[i] !== 'acked') marks[i] = act === 'ack' ? 'acked' : 'lost'
        }
        const firstLost = marks.indexOf('lost')
        expect(progress.firstLost).toBe(firstLost < 0 ? undefined : firstLost)
        expect(progress.lostBytes).toBe(marks.filter(mark => mark === 'lost').length)
        const firstOpen = marks.findIndex(mark => mark !== 'acked')
        expect(progress.ackedUpTo).toBe(firstOpen)
        expect(progress.next).toBeLessThanOrEqual(150)
      }
    }),
  )
})

test('a limit only grows, in whatever order it is told (§7.5-2, §7.6)', () => {
  const progress = new Progress(1, 100)
  for (const [told, holds] of [
    [90, 100],
    [100, 100],
    [101, 101],
  ] as const) {
    progress.onLimit(told)
    expect(progress.limit).toBe(holds)
  }
  const credit = new Credit()
  expect([credit.onLimit(10), credit.onLimit(10), credit.onLimit(9), credit.onLimit(11)]).toEqual([
    true,
    false,
    false,
    true,
  ])
  credit.use(11)
  expect(credit.availableBytes).toBe(0)
  expect(() => credit.use(1)).toThrow('window of the connection')
})

test('an ordered stream keeps what it was given, and lets go what is acknowledged', () => {
  const stream = new OrderedSend(2, 1000)
  const chunks = Array.from({ length: 200 }, (_, i) => new Uint8Array(5).fill(i))
  for (const chunk of chunks) stream.write(chunk, false, 1 << 20)
  expect([...stream.view(12, 100)]).toEqual([2, 2, 2])
  stream.progress.onSent(0, 1000)
  expect(stream.view(0, 5).buffer).toBe(chunks[0]!.buffer)
  stream.onAcked(0, 998, 0)
  expect(stream.bufferedBytes).toBe(2)
  expect([...stream.view(998, 1000)]).toEqual([199, 199])
  expect(() => stream.view(10, 20)).toThrow('kept until they are acknowledged')
})
