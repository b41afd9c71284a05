// What passes from a session's thread to its caller: order, how often progress is told, and the bound on what waits.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TransferEvent } from '../../src/transfer/events.ts'
import { EventGate, progressMillis, unseenMax } from '../../src/transfer/session_gate.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const progress = (doneBytes: number): TransferEvent => {
  const files = { doneFiles: 0, totalFiles: 1 }
  return {
    kind: 'progress',
    doneBytes,
    totalBytes: 1000,
    wireBytes: 0,
    reusedBytes: 0,
    checkedBytes: 0,
    ...files,
  }
}
const phase: TransferEvent = { kind: 'phase', phase: 'verifying' }
const listening: TransferEvent = { kind: 'listening', hosts: [], port: 1, peerId: '' }

function make() {
  const passed: string[] = []
  const gate = new EventGate(event => {
    passed.push(event.kind === 'progress' ? `${event.doneBytes}` : event.kind)
  })
  return { gate, passed }
}

test('progress passes at once, and then the newest each 50 ms', () => {
  const { gate, passed } = make()
  for (const bytes of [1, 2, 3]) gate.tell(progress(bytes))
  expect(passed).toEqual(['1'])
  gate.seen()
  vi.advanceTimersByTime(progressMillis - 1)
  expect(passed).toEqual(['1'])
  vi.advanceTimersByTime(1)
  expect(passed).toEqual(['1', '3'])
  gate.seen()
  vi.advanceTimersByTime(10 * progressMillis)
  expect(passed).toEqual(['1', '3'])
})

test('progress waits for a caller that has not taken the last, and is then the newest', () => {
  const { gate, passed } = make()
  for (let bytes = 1; bytes <= 100; bytes++) {
    gate.tell(progress(bytes))
    vi.advanceTimersByTime(progressMillis)
  }
  expect(passed).toEqual(['1'])
  gate.seen()
  expect(passed).toEqual(['1', '100'])
})

test('everything else passes at once, after the progress that was before it', () => {
  const { gate, passed } = make()
  gate.tell(progress(1))
  gate.tell(progress(2))
  gate.tell(phase)
  gate.tell(progress(3))
  gate.flush()
  expect(passed).toEqual(['1', '2', 'phase', '3'])
})

test('as many as may wait do; of more, what lasts passes and the rest is counted', () => {
  const { gate, passed } = make()
  for (let i = 0; i < unseenMax; i++) gate.tell(phase)
  expect(passed).toHaveLength(unseenMax)
  gate.tell(phase)
  gate.tell({ kind: 'notice', text: '' })
  gate.tell(listening)
  expect(passed.slice(unseenMax)).toEqual(['listening'])
  gate.seen()
  expect(passed.slice(unseenMax)).toEqual(['listening'])
  gate.seen()
  expect(passed.slice(unseenMax)).toEqual(['listening', 'notice'])
})
