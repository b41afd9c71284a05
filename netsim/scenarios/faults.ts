// Things that happen to a connection: outages, a path that shrinks, a peer that is not there or goes away, somebody
// on the path who forges and replays. PROTOCOL.md §4, §5, §11-3, §12.

import { KiB, MiB } from '../../src/base/units.ts'
import { packetTypes } from '../../src/wire/packet.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from '../scenario.ts'

const file = { literals: [512 * KiB], controlBytes: 2 * KiB }
const cut = { kind: 'partition', fromMillis: 500 } as const
const heal = { kind: 'partition', fromMillis: 500, toMillis: 5500 } as const

export const faults: readonly Scenario[] = [
  scenario({
    name: 'mtu black hole',
    why: 'one second in, the path stops carrying more than 1300: the sender notices and falls back to 1200',
    forth: [link(4, 200), delay(20), { kind: 'mtu', datagramBytesMax: 1300, fromMillis: 1000 }],
    back: [delay(20)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 8, datagramBytes: { min: 1200, max: 1300 } },
  }),
  scenario({
    name: 'partition',
    why: 'the cable is out for 5 s mid-way: the transfer goes on by itself',
    forth: [link(4, 100), delay(20), heal],
    back: [delay(20), heal],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    // 5 s out, and the probe that finds the path again may have backed off to as much once more
    bounds: { stallSecondsMax: 12, virtualSecondsMin: 5 },
  }),
  scenario({
    name: 'peer vanishes',
    why: 'the cable is out for good mid-way: both sides give up after the idle time-out of 30 s, and not before',
    forth: [link(4, 100), delay(20), cut],
    back: [delay(20), cut],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    ends: { initiator: ['idle'], responder: ['idle'] },
    completes: false,
    virtualSecondsMax: 40,
    bounds: { virtualSecondsMin: 30 },
  }),
  scenario({
    name: 'dead peer',
    why: 'nobody answers: the handshake is given up at 10 s after some twenty INITs (§12-5)',
    forth: [{ kind: 'loss', rate: 1 }],
    ends: { initiator: ['handshake_timeout'], responder: ['none'] },
    completes: false,
    virtualSecondsMax: 10.001,
    bounds: { virtualSecondsMin: 10, datagramsMax: 24 },
  }),
  scenario({
    name: 'no way back',
    why: 'the answers are lost: the responder forgets the half-open connection and never says more than it may (§5-7)',
    back: [{ kind: 'loss', rate: 1 }],
    initiator: { controlBytes: 500, earlyBytes: 500 },
    ends: { initiator: ['handshake_timeout'], responder: ['handshake_timeout'] },
    completes: false,
    virtualSecondsMax: 25,
    bounds: { datagramsMax: 48 },
  }),
  scenario({
    name: 'injected datagrams',
    why: 'somebody without keys adds garbage, forgeries, cuts and replays to a third of the traffic: none counts',
    forth: [{ kind: 'inject', rate: 0.33, what: ['garbage', 'forged', 'truncated', 'replayed'] }, delay(20)],
    back: [{ kind: 'inject', rate: 0.33, what: ['garbage', 'forged', 'truncated', 'replayed'] }, delay(20)],
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 3 },
  }),
  scenario({
    name: 'replayed init',
    why: 'a recorded INIT comes again fifty times: it opens no second connection that counts (§5-8)',
    forth: [{ kind: 'repeat', type: packetTypes.init, everyMillis: 20, times: 50 }, delay(20)],
    back: [delay(20)],
    initiator: { ...file, earlyBytes: 300 },
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'storm',
    why: 'loss, reordering, duplication, corruption and jitter at once on a thin link: all of it arrives',
    forth: [
      link(10, 100),
      { kind: 'burst', rate: 0.01, burstDatagrams: 4, burstMillisMax: 50 },
      { kind: 'duplicate', rate: 0.02, lateMillis: 3 },
      { kind: 'corrupt', rate: 0.01 },
      delay(20, { jitterMillis: 10, reorders: true }),
    ],
    back: [{ kind: 'loss', rate: 0.03 }, delay(20, { jitterMillis: 10, reorders: true })],
    initiator: { literals: [256 * KiB, 64 * KiB], controlBytes: 16 * KiB, orderedStreams: [64 * KiB] },
    responder: { literals: [64 * KiB], controlBytes: 4 * KiB },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 8 },
  }),
]
