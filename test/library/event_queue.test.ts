// Events between a transfer and a program that takes them early, late or never.

import { expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { EventQueue, unreadEventsMax } from '../../src/library/event_queue.ts'
import type { TransferEvent } from '../../src/transfer/events.ts'

const nothing = { totalBytes: 0, wireBytes: 0, reusedBytes: 0, checkedBytes: 0, doneFiles: 0, totalFiles: 1 }
const progress = (doneBytes: number): TransferEvent => ({ kind: 'progress', doneBytes, ...nothing })
const notice = (text: string): TransferEvent => ({ kind: 'notice', text })

async function rest(queue: EventQueue): Promise<TransferEvent[]> {
  const events: TransferEvent[] = []
  for (;;) {
    const step = await queue.next()
    if (step.done) return events
    events.push(step.value)
  }
}

test('events come in their order, and of neighbouring progress only the newest', async () => {
  const queue = new EventQueue()
  for (let i = 0; i < 10_000; i++) queue.push(progress(i))
  queue.push(notice('between'))
  queue.push(progress(1))
  queue.push(progress(2))
  queue.end()
  expect(await rest(queue)).toEqual([progress(9_999), notice('between'), progress(2)])
})

test('a reader that waits gets each event as it comes', async () => {
  const queue = new EventQueue()
  const first = queue.next()
  const second = queue.next()
  queue.push(progress(1))
  queue.push(progress(2))
  expect(await first).toEqual({ done: false, value: progress(1) })
  expect(await second).toEqual({ done: false, value: progress(2) })
})

test('as many as are kept come whole; one more and the oldest is gone, which a notice says', async () => {
  const full = new EventQueue()
  for (let i = 0; i < unreadEventsMax; i++) full.push(notice(String(i)))
  full.end()
  expect((await rest(full))[0]).toEqual(notice('0'))
  const over = new EventQueue()
  for (let i = 0; i <= unreadEventsMax; i++) over.push(notice(String(i)))
  over.end()
  const events = await rest(over)
  expect(events).toHaveLength(unreadEventsMax + 1)
  expect(events.slice(0, 2)).toEqual([notice('1 events went by while nobody took them'), notice('1')])
})

test('a fault comes after the events before it, to one reader; then all is over', async () => {
  const fault = new PfsError('PFS_STALLED')
  const queue = new EventQueue()
  queue.push(progress(1))
  queue.end(fault)
  expect(await queue.next()).toEqual({ done: false, value: progress(1) })
  await expect(queue.next()).rejects.toBe(fault)
  expect(await queue.next()).toEqual({ done: true, value: undefined })
  const waited = new EventQueue()
  const waiting = [waited.next(), waited.next()]
  waited.end(fault)
  await expect(waiting[0]).rejects.toBe(fault)
  expect(await waiting[1]).toEqual({ done: true, value: undefined })
})
