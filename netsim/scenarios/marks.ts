// Paths that mark in place of dropping, and paths that spoil the marks. PROTOCOL.md §10.1

import { KiB, MiB } from '../../src/base/units.ts'
import type { Hop } from '../hops.ts'
import { delay, finishedOrIdle, type Scenario, scenario } from '../scenario.ts'

const file = { literals: [4 * MiB], controlBytes: 2 * KiB }
const bothCan = { initiatorConfig: { ecn: true }, responderConfig: { ecn: true } } as const
/** 50 Mbit/s, room for 100 ms in the queue, marks from 10 ms on. */
export const marking: Hop = { kind: 'queue', megabits: 50, bytes: 625_000, markBytes: 62_500 }

export const marks: readonly Scenario[] = [
  scenario({
    name: 'marking queue',
    why: '50 Mbit/s at 40 ms behind a queue that marks from 10 ms on: the sender slows down, and nothing is ever lost',
    forth: [delay(20), marking],
    back: [delay(20)],
    initiator: file,
    ...bothCan,
    bounds: { resentShareMax: 0, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'marking queue, one side cannot',
    why: 'the receiver does not see marks: none are set, and the queue drops as it does without',
    forth: [delay(20), { kind: 'queue', megabits: 50, bytes: 125_000, markBytes: 62_500 }],
    back: [delay(20)],
    initiator: file,
    initiatorConfig: { ecn: true },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 2 },
  }),
  scenario({
    name: 'bleached',
    why: 'a box takes the marks off: the sender notices and goes on without, as if it had never marked',
    forth: [delay(20), { kind: 'bleach', ecn: 0 }],
    back: [delay(20)],
    initiator: file,
    ...bothCan,
    bounds: { resentShareMax: 0, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'mangled',
    why: 'a box turns ECT(0) into ECT(1): the counts do not fit what was sent, and are not believed',
    forth: [delay(20), { kind: 'bleach', ecn: 1 }],
    back: [delay(20)],
    initiator: file,
    ...bothCan,
    bounds: { resentShareMax: 0, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'marks are dropped',
    why: 'a box drops whatever is marked: after three probe time-outs it goes without, and arrives',
    forth: [delay(20), { kind: 'bleach', ecn: 'drop' }],
    back: [delay(20)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    initiatorConfig: { ecn: true, handshakeTimeoutMicros: 30e6 },
    responderConfig: { ecn: true, handshakeTimeoutMicros: 30e6 },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 5 },
  }),
  scenario({
    name: 'lossy and marking',
    why: '1 % is lost on the way to a queue that marks: losses are sent again, and counts still fit what was sent',
    forth: [delay(20), { kind: 'loss', rate: 0.01 }, marking],
    back: [{ kind: 'loss', rate: 0.01 }, delay(20)],
    initiator: file,
    ...bothCan,
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.08, stallSecondsMax: 3 },
  }),
]
