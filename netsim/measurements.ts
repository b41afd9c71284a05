// Long transfers for few seeds: how fast the transport is on a path, not only that it is right. Played by
// test/sim/performance.test.ts and by hand. PROTOCOL.md §10.

import { KiB, MiB } from '../src/base/units.ts'
import { controllers } from '../src/proto/congestion/index.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from './scenario.ts'

const byCubic = { createController: controllers.cubic }

export const measurements: readonly Scenario[] = [
  scenario({
    name: 'ten seconds',
    why: '10 virtual seconds of 100 Mbit/s at 40 ms: what the simulator itself costs',
    forth: [link(100, 40), delay(20)],
    back: [delay(20)],
    initiator: { literals: [115 * MiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
  }),
  scenario({
    name: 'clean 100',
    why: '100 Mbit/s at 40 ms with a queue of one round trip',
    forth: [link(100, 40), delay(20, { jitterMillis: 0.5 })],
    back: [delay(20, { jitterMillis: 0.5 })],
    initiator: { literals: [48 * MiB] },
    initiatorConfig: byCubic,
    ends: finishedOrIdle,
  }),
  scenario({
    name: 'long fat pipe',
    why: '500 Mbit/s at 100 ms: 6 MB in flight, which both windows must grow to from 2 MiB (§8-7)',
    forth: [link(500, 50), delay(50)],
    back: [delay(50)],
    initiator: { literals: [96 * MiB] },
    initiatorConfig: byCubic,
    ends: finishedOrIdle,
    // slow start overshoots a queue by thousands of datagrams here: congestion, and no black hole (§11-3)
    bounds: { datagramBytes: { min: 1472, max: 1472 } },
  }),
  scenario({
    name: 'random loss',
    why: '1 % random loss at 100 ms, nothing else in the way',
    forth: [delay(50), { kind: 'loss', rate: 0.01 }],
    back: [delay(50)],
    initiator: { literals: [12 * MiB] },
    initiatorConfig: byCubic,
    ends: finishedOrIdle,
    virtualSecondsMax: 400,
  }),
  scenario({
    name: 'long shallow queue',
    why: '100 Mbit/s at 40 ms with a queue of 32 datagrams, a tenth of the round trip',
    forth: [{ kind: 'queue', megabits: 100, bytes: 32 * 1500 }, delay(20, { jitterMillis: 0.5 })],
    back: [delay(20, { jitterMillis: 0.5 })],
    initiator: { literals: [160 * MiB] },
    initiatorConfig: byCubic,
    ends: finishedOrIdle,
  }),
]
