// Small parts with times of their own: amplification, idle, repetition, CLOSE, the event queue, the configuration.

import { describe, expect, test } from 'vitest'
import { second } from '../../src/base/units.ts'
import { Amplification } from '../../src/proto/amplification.ts'
import { Closing } from '../../src/proto/closing.ts'
import { checkConfig, defaultConfig } from '../../src/proto/config.ts'
import { EventQueue } from '../../src/proto/events.ts'
import { Repeat } from '../../src/proto/handshake/repeat.ts'
import { Idle } from '../../src/proto/idle.ts'

test('an unproven address gets three bytes for one, a proven one any (§5-7)', () => {
  const amplification = new Amplification(false)
  amplification.onReceived(100)
  amplification.onSent(299)
  expect(amplification.roomBytes).toBe(1)
  amplification.onSent(1)
  expect(amplification.roomBytes).toBe(0)
  amplification.onValidated()
  expect(amplification.roomBytes).toBe(Number.POSITIVE_INFINITY)
  expect(new Amplification(true).roomBytes).toBe(Number.POSITIVE_INFINITY)
})

test('the smaller idle time-out holds, and half of it breaks the silence before 15 s do (§12-3, §12-4)', () => {
  const idle = new Idle(0, 60 * second, 15 * second)
  expect([idle.deadline, idle.keepAliveDeadline]).toEqual([60 * second, 15 * second])
  idle.onPeerTimeout(10 * second)
  idle.onPeerTimeout(20 * second)
  expect([idle.deadline, idle.keepAliveDeadline]).toEqual([10 * second, 5 * second])
  idle.onHeard(second)
  idle.onSent(2 * second)
  expect([idle.deadline, idle.keepAliveDeadline]).toEqual([11 * second, 7 * second])
})

describe('repetition', () => {
  test('measures a round trip only when one copy went', () => {
    const repeat = new Repeat()
    expect(repeat.rttMicros(5)).toBeUndefined()
    repeat.start(Uint8Array.of(1))
    repeat.onSent(10, 100)
    expect([repeat.rttMicros(30), repeat.deadline, repeat.due]).toEqual([20, 110, undefined])
    repeat.onTimeout(109)
    expect(repeat.due).toBeUndefined()
    repeat.onTimeout(110)
    expect(repeat.due).toBeDefined()
    repeat.onSent(110, 100)
    expect([repeat.rttMicros(120), repeat.deadline]).toEqual([undefined, 260])
  })

  test('ends when it is answered', () => {
    const repeat = new Repeat()
    repeat.start(Uint8Array.of(1))
    repeat.stop()
    repeat.again()
    expect([repeat.due, repeat.rttMicros(1)]).toEqual([undefined, undefined])
  })
})

test('CLOSE is due once, then after 1, 2, 4, 8 … packets (§12-1)', () => {
  const closing = new Closing(0x2a, 0, 'x'.repeat(1000))
  expect(closing.frames.length).toBeLessThan(300)
  const due: number[] = []
  closing.isDue = false
  for (let i = 1; i <= 20; i++) {
    closing.onReceived(1)
    if (closing.isDue) due.push(i)
    closing.isDue = false
  }
  expect(due).toEqual([1, 2, 4, 8, 16])
})

test('events come out in the order they went in, and the queue holds nothing after', () => {
  const events = new EventQueue()
  for (let i = 0; i < 5; i++) events.push({ kind: 'writable', stream: 2 * i })
  events.pushLiteral(1, 0, 5)
  events.pushLiteral(3, 5, 6)
  events.pushLiteral(3, 7, 8)
  const kinds: string[] = []
  for (let event = events.shift(); event; event = events.shift()) kinds.push(event.kind)
  expect(kinds).toEqual([...Array(5).fill('writable'), 'literal', 'literal', 'literal'])
})

test('a configuration out of bounds is our bug', () => {
  checkConfig(defaultConfig)
  const bounds: [keyof typeof defaultConfig, number, number][] = [
    ['datagramBytesMax', 1200, 1199],
    ['datagramBytesMax', 9216, 9217],
    ['idleTimeoutMicros', second, second - 1],
    ['idleTimeoutMicros', 600 * second, 600 * second + 1],
    ['streamsMax', 1, 0],
    ['streamsMax', 256, 257],
    ['packetsPerPhase', 2 ** 22, 2 ** 22 + 1],
    ['streamWindowBytes', 4096, 4095],
  ]
  for (const [name, good, bad] of bounds) {
    checkConfig({ ...defaultConfig, [name]: good })
    expect(() => checkConfig({ ...defaultConfig, [name]: bad })).toThrow(name)
  }
})
