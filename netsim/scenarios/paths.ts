// Paths as they are found: what is between the two hosts varies, what they do is one transfer. PROTOCOL.md §8-§11.

import { KiB, MiB } from '../../src/base/units.ts'
import { controllers } from '../../src/proto/congestion/index.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from '../scenario.ts'

const file = { literals: [MiB], controlBytes: 2 * KiB }

export const paths: readonly Scenario[] = [
  scenario({
    name: 'lan',
    why: '1 Gbit/s at 1 ms: nothing is lost, so nothing is sent again',
    forth: [delay(0.5), link(1000, 20)],
    back: [link(1000, 20), delay(0.5)],
    initiator: { literals: [2 * MiB], controlBytes: 2 * KiB },
    bounds: { resentShareMax: 0 },
    virtualSecondsMax: 5,
  }),
  scenario({
    name: 'wan',
    why: '200 Mbit/s at 80 ms with 0.1 % loss, a good line between continents',
    forth: [delay(40), link(200, 80), { kind: 'loss', rate: 0.001 }],
    back: [link(200, 80), delay(40)],
    initiator: { literals: [2 * MiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.05, stallSecondsMax: 2 },
  }),
  scenario({
    name: 'lossy',
    why: '1 % random loss each way at 100 ms: losses cost their own bytes and never a stall',
    forth: [delay(50), { kind: 'loss', rate: 0.01 }],
    back: [{ kind: 'loss', rate: 0.01 }, delay(50)],
    initiator: file,
    ends: finishedOrIdle,
    // 750 packets at 1 %: a tail of 25 losses is 3.3 %; a late probe may repeat a few more
    bounds: { resentShareMax: 0.08, stallSecondsMax: 3 },
  }),
  scenario({
    name: 'bursty',
    why: 'losses come in runs of ten, 2 % of all, up to 100 ms long, as on a fading radio link',
    forth: [delay(20), link(50, 100), { kind: 'burst', rate: 0.02, burstDatagrams: 10, burstMillisMax: 100 }],
    back: [{ kind: 'burst', rate: 0.02, burstDatagrams: 10, burstMillisMax: 100 }, delay(20)],
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 5 },
  }),
  scenario({
    name: 'mobile',
    why: '20 Mbit/s, 50 ms and up to 30 ms of jitter that keeps the order: no packet is lost, so none is sent again',
    forth: [link(20, 200), delay(25, { jitterMillis: 30 })],
    back: [link(5, 200), delay(25, { jitterMillis: 30 })],
    initiator: file,
    bounds: { resentShareMax: 0.01, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'satellite',
    why: 'a geostationary hop of 600 ms and 0.5 % loss: the initial time-out is shorter than the round trip',
    forth: [delay(300), link(50, 300), { kind: 'loss', rate: 0.005 }],
    back: [delay(300)],
    initiator: { literals: [512 * KiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.08, stallSecondsMax: 8 },
  }),
  scenario({
    name: 'shallow queue',
    why: 'a 50 Mbit/s link with a queue of 16 datagrams at 40 ms: pacing keeps what is dropped and sent again small',
    forth: [delay(20), { kind: 'queue', megabits: 50, bytes: 16 * 1500 }],
    back: [delay(20)],
    initiator: { literals: [2 * MiB], controlBytes: 2 * KiB },
    initiatorConfig: { createController: controllers.cubic },
    ends: finishedOrIdle,
    // 0.066 while the peer's first window was 256 KiB, the size of this path: that, not pacing, held slow start back
    bounds: { resentShareMax: 0.12, stallSecondsMax: 2 },
  }),
  scenario({
    name: 'shallow queue by BBR',
    why: 'the same: its start-up doubles into a queue that shows no delay, once, and costs a round trip of the link',
    forth: [delay(20), { kind: 'queue', megabits: 50, bytes: 16 * 1500 }],
    back: [delay(20)],
    initiator: { literals: [8 * MiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.1, stallSecondsMax: 2 },
  }),
  scenario({
    name: 'reorder',
    why: '5 % of the datagrams are overtaken by 8 ms of others: each byte is still delivered once, in its order',
    forth: [{ kind: 'reorder', rate: 0.05, holdMillis: 8 }, delay(20)],
    back: [delay(20), { kind: 'reorder', rate: 0.05, holdMillis: 8 }],
    initiator: { ...file, orderedStreams: [64 * KiB] },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 2 },
  }),
  scenario({
    name: 'slight reorder',
    why: 'a tenth of the datagrams is overtaken by one or two: less than what proves a loss (§9-5)',
    // 1,500 bytes take 0.24 ms at 50 Mbit/s
    forth: [link(50, 100), { kind: 'reorder', rate: 0.1, holdMillis: 0.4 }, delay(20)],
    back: [delay(20), { kind: 'reorder', rate: 0.1, holdMillis: 0.4 }],
    initiator: file,
    // three small packets in a row may overtake after all
    bounds: { resentShareMax: 0.004, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'duplicate',
    why: 'a fifth of all datagrams comes twice, 5 ms apart: nothing is delivered twice',
    forth: [{ kind: 'duplicate', rate: 0.2, lateMillis: 5 }, delay(20)],
    back: [{ kind: 'duplicate', rate: 0.2, lateMillis: 5 }, delay(20)],
    initiator: file,
    bounds: { resentShareMax: 0, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'corrupt',
    why: 'one bit of 2 % of the datagrams is flipped: it is as if they were lost',
    forth: [{ kind: 'corrupt', rate: 0.02 }, delay(20)],
    back: [{ kind: 'corrupt', rate: 0.02 }, delay(20)],
    initiator: file,
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.12, stallSecondsMax: 3 },
  }),
  scenario({
    name: 'asymmetric ack loss',
    why: 'after the handshake the way back loses 30 % and is slow: acknowledgements repeat what the lost ones said',
    forth: [link(50, 100), delay(20)],
    back: [{ kind: 'loss', rate: 0.3, fromMillis: 30 }, link(1, 200), delay(20)],
    initiator: file,
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.15, stallSecondsMax: 5 },
  }),
  scenario({
    name: 'small mtu path',
    why: 'the path carries 1280 while the drivers offer 1472: larger probes vanish and are no sign of congestion',
    forth: [link(50, 200), { kind: 'mtu', datagramBytesMax: 1280 }, delay(20)],
    back: [{ kind: 'mtu', datagramBytesMax: 1280 }, delay(20)],
    initiator: { literals: [8 * MiB], controlBytes: 2 * KiB },
    // the search ends when its step is below 20 bytes (§11-2)
    bounds: { resentShareMax: 0, stallSecondsMax: 1, datagramBytes: { min: 1260, max: 1280 } },
  }),
]
