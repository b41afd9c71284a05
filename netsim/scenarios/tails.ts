// Short transfers over paths that lose: all of them is tail and control. PROTOCOL.md §9-11

import { KiB } from '../../src/base/units.ts'
import { delay, finishedOrIdle, type Scenario, scenario } from '../scenario.ts'

const loss = { kind: 'loss', rate: 0.05 } as const
const lossy = { back: [loss, delay(20)], ends: finishedOrIdle }

export const tails: readonly Scenario[] = [
  scenario({
    ...lossy,
    name: 'short and lossy',
    why: '100 KiB at 40 ms with 5 % loss each way: its last packets are not waited for by time-out alone',
    forth: [delay(20), loss],
    initiator: { literals: [100 * KiB], controlBytes: 2 * KiB },
    bounds: { stallSecondsMax: 2 },
  }),
  scenario({
    ...lossy,
    name: 'ops and lossy',
    why: 'op blocks beside literals at 5 % loss: what is repeated before it is lost arrives once',
    forth: [delay(20), loss],
    initiator: { literals: [200 * KiB], orderedStreams: [20 * KiB], controlBytes: 2 * KiB },
    bounds: { stallSecondsMax: 3 },
  }),
]
