// What applications do with a connection that its path does not: read slowly, stop reading, write in both directions,
// open many streams, live through many key phases. PROTOCOL.md §6.5, §8, §12-4.

import { KiB, MiB, second } from '../../src/base/units.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from '../scenario.ts'

const windows = {
  connectionWindowBytes: 256 * KiB,
  connectionWindowBytesMax: 256 * KiB,
  streamWindowBytes: 128 * KiB,
  streamWindowBytesMax: 128 * KiB,
}

export const applications: readonly Scenario[] = [
  scenario({
    name: 'slow consumer',
    why: 'a fast path and a reader of 500 KB/s: flow control holds the sender, and what is held stays in the window',
    forth: [link(100, 50), delay(10)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    responder: { reads: { kind: 'at_rate', bytesPerSecond: 500_000 } },
    responderConfig: windows,
    bounds: { resentShareMax: 0, bufferedBytesMax: 256 * KiB, virtualSecondsMin: 2 },
  }),
  scenario({
    name: 'stopped reader',
    why: 'the reader stands still for 100 s, three idle time-outs: the connection lives, memory stays bounded (§8-8)',
    forth: [link(100, 50), { kind: 'loss', rate: 0.02 }, delay(10)],
    back: [{ kind: 'loss', rate: 0.02 }, delay(10)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    responder: { reads: { kind: 'pauses', afterBytes: 200 * KiB, micros: 100 * second } },
    responderConfig: windows,
    ends: finishedOrIdle,
    virtualSecondsMax: 180,
    // 750 for the data, as many acknowledgements at the most, and a PING every 10 s
    bounds: { bufferedBytesMax: 256 * KiB, virtualSecondsMin: 100, datagramsMax: 1600 },
  }),
  scenario({
    name: 'trickle',
    why: 'the application writes 100 KB/s on a fast path with loss: nothing waits for more to come',
    forth: [{ kind: 'loss', rate: 0.02 }, delay(10)],
    back: [{ kind: 'loss', rate: 0.02 }, delay(10)],
    initiator: { literals: [256 * KiB], producesPerSecond: 100_000, controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 1, virtualSecondsMin: 2.6 },
  }),
  scenario({
    name: 'key update often',
    why: 'a new key phase every 64 packets, under loss, reordering and duplication: no packet is wasted on it (§6.5)',
    forth: [{ kind: 'loss', rate: 0.01 }, { kind: 'reorder', rate: 0.02, holdMillis: 3 }, delay(20)],
    back: [{ kind: 'duplicate', rate: 0.02 }, delay(20)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    initiatorConfig: { packetsPerPhase: 64 },
    responderConfig: { packetsPerPhase: 64 },
    ends: finishedOrIdle,
    // 700 to 900 packets
    bounds: { keyUpdatesMin: 4, stallSecondsMax: 3, resentShareMax: 0.1 },
  }),
  scenario({
    name: 'key update and reordering',
    why: 'packets of the phase before come late: its keys still open them, so nothing is lost (§6.5-3)',
    forth: [link(50, 100), { kind: 'reorder', rate: 0.1, holdMillis: 0.4 }, delay(20)],
    back: [{ kind: 'reorder', rate: 0.1, holdMillis: 0.4 }, delay(20)],
    initiator: { literals: [MiB], controlBytes: 2 * KiB },
    initiatorConfig: { packetsPerPhase: 64 },
    responderConfig: { packetsPerPhase: 16 },
    bounds: { keyUpdatesMin: 4, resentShareMax: 0.006, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'many streams',
    why: 'sixty streams where sixteen may be open at once: the rest follow as the first end (§8-2)',
    forth: [{ kind: 'loss', rate: 0.01 }, delay(10)],
    back: [{ kind: 'loss', rate: 0.01 }, delay(10)],
    initiator: {
      literals: new Array<number>(40).fill(8 * KiB),
      orderedStreams: new Array<number>(20).fill(4 * KiB),
      controlBytes: 8 * KiB,
    },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 3 },
  }),
  scenario({
    name: 'both directions',
    why: 'each side sends while it receives, under loss: acknowledgements ride along and nothing starves',
    forth: [link(50, 50), { kind: 'loss', rate: 0.01 }, delay(20)],
    back: [link(50, 50), { kind: 'loss', rate: 0.01 }, delay(20)],
    initiator: { literals: [768 * KiB], controlBytes: 16 * KiB },
    responder: { literals: [768 * KiB], controlBytes: 16 * KiB, orderedStreams: [32 * KiB] },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 4 },
  }),
  scenario({
    name: 'download',
    why: 'the responder is the sender',
    forth: [delay(20)],
    back: [link(50, 100), { kind: 'loss', rate: 0.005 }, delay(20)],
    initiator: { controlBytes: 200, earlyBytes: 200 },
    responder: { literals: [512 * KiB], controlBytes: 2 * KiB },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 3 },
  }),
  scenario({
    name: 'messages',
    why: 'ordered streams only, out of order and lossy: bytes come in order, messages of 1 byte to 20 KB alike',
    forth: [{ kind: 'loss', rate: 0.02 }, delay(10, { jitterMillis: 5, reorders: true })],
    back: [{ kind: 'loss', rate: 0.02 }, delay(10, { jitterMillis: 5, reorders: true })],
    initiator: { controlBytes: 256 * KiB, orderedStreams: [128 * KiB] },
    responder: { controlBytes: 64 * KiB },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 4 },
  }),
  scenario({
    name: 'empty',
    why: 'streams of no bytes and a connection that is opened only to be closed',
    initiator: { literals: [0], orderedStreams: [0] },
    bounds: { resentShareMax: 0 },
    virtualSecondsMax: 10,
  }),
]
