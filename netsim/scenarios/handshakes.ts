// Ways for a connection to begin, or not to. PROTOCOL.md §4-5, §5.

import { KiB } from '../../src/base/units.ts'
import { packetTypes, protocolVersion } from '../../src/wire/packet.ts'
import { delay, finishedOrIdle, type Scenario, scenario } from '../scenario.ts'

const file = { literals: [64 * KiB], controlBytes: 2 * KiB }
/** Where Version stands in an INIT, and the first listed one in a VERSION (§4). */
const versionAt = 1
const versionsAt = 10

export const handshakes: readonly Scenario[] = [
  scenario({
    name: 'known peer',
    why: 'IK with the OFFER in the first flight: the bytes are there after half a round trip, and come once',
    initiator: { ...file, earlyBytes: 700 },
    bounds: { resentShareMax: 0 },
  }),
  scenario({
    name: 'first contact',
    why: 'XX: the responder proves its key, then the initiator; early bytes ride in FINISH',
    pin: 'none',
    initiator: { ...file, earlyBytes: 700 },
    bounds: { resentShareMax: 0 },
  }),
  scenario({
    name: 'ticket',
    why: 'IK with a pre-shared key',
    hasPsk: true,
    initiator: file,
  }),
  scenario({
    name: 'ticket on first contact',
    why: 'XX with a pre-shared key',
    pin: 'none',
    hasPsk: true,
    initiator: file,
  }),
  scenario({
    name: 'handshake under loss',
    why: '30 % loss each way from the first packet: twenty INITs fit into 10 s, and one always gets its REPLY (§5-9)',
    forth: [{ kind: 'loss', rate: 0.3 }, delay(25)],
    back: [{ kind: 'loss', rate: 0.3 }, delay(25)],
    initiator: { literals: [16 * KiB], controlBytes: 400, earlyBytes: 300 },
    ends: finishedOrIdle,
    virtualSecondsMax: 120,
  }),
  scenario({
    name: 'first contact under loss',
    why: 'the same for XX, where INIT and then FINISH must get through (§5-9)',
    pin: 'none',
    forth: [{ kind: 'loss', rate: 0.3 }, delay(25)],
    back: [{ kind: 'loss', rate: 0.3 }, delay(25)],
    initiator: { literals: [16 * KiB], controlBytes: 400, earlyBytes: 300 },
    ends: finishedOrIdle,
    virtualSecondsMax: 120,
  }),
  scenario({
    name: 'handshake that nearly drowns',
    why: '60 % loss each way, where one round in six gets through: who gives up must do so on both sides',
    pin: 'none',
    forth: [{ kind: 'loss', rate: 0.6 }, delay(25)],
    back: [{ kind: 'loss', rate: 0.6 }, delay(25)],
    initiator: { literals: [4 * KiB], controlBytes: 100 },
    ends: {
      initiator: ['local:NONE', 'handshake_timeout', 'idle'],
      responder: ['peer:NONE', 'idle', 'handshake_timeout', 'none'],
    },
    completes: false,
    virtualSecondsMax: 900,
  }),
  scenario({
    name: 'flood of forged INITs',
    why: '1,000 a second from our own address, until after we are in: a cookie costs us one round trip (§5-16)',
    forth: [delay(200), { kind: 'flood', perMillisecond: 1, toMillis: 800 }],
    back: [delay(10)],
    initiator: { literals: [16 * KiB], controlBytes: 2 * KiB, earlyBytes: 700 },
  }),
  scenario({
    name: 'flood and loss',
    why: 'the same on first contact, where a fifth of what we say and hear is lost: COOKIE and COOKIED are repeated too',
    pin: 'none',
    forth: [{ kind: 'loss', rate: 0.2 }, delay(150), { kind: 'flood', perMillisecond: 1, toMillis: 700 }],
    back: [{ kind: 'loss', rate: 0.2 }, delay(10)],
    initiator: { literals: [16 * KiB], controlBytes: 400, earlyBytes: 300 },
    ends: finishedOrIdle,
    virtualSecondsMax: 120,
  }),
  scenario({
    name: 'changed key',
    why: 'the responder is not who it was: fallback shows its new key, and the early bytes stay unsent (§5-3, §5-4)',
    pin: 'wrong',
    initiator: { ...file, earlyBytes: 300 },
    ends: { initiator: ['key_changed'], responder: ['handshake_timeout', 'peer:KEY_CHANGED', 'none'] },
    completes: false,
  }),
  scenario({
    name: 'refused peer',
    why: 'the responder’s owner looks at the key and says no (§5-12)',
    initiator: file,
    responder: { answersPeer: 'refuses' },
    ends: { initiator: ['peer:REFUSED'], responder: ['local:REFUSED'] },
    completes: false,
  }),
  scenario({
    name: 'slow answer',
    why: 'a person takes 20 s to accept the peer: the connection waits, and 3 × bounds what is said meanwhile',
    initiator: { ...file, earlyBytes: 300 },
    responder: { answersAfterMicros: 20_000_000 },
    ends: finishedOrIdle,
    bounds: { virtualSecondsMin: 20 },
  }),
  scenario({
    name: 'early answer',
    why: 'the responder answers 30 KB to an INIT: what it says before the peer proves itself is 3 × what came (§5-7)',
    forth: [{ kind: 'loss', rate: 0.1 }, delay(50)],
    back: [{ kind: 'loss', rate: 0.1 }, delay(50)],
    initiator: { controlBytes: 300, earlyBytes: 300 },
    responder: { controlBytes: 30 * KiB, writesEarly: true },
    ends: finishedOrIdle,
  }),
  scenario({
    name: 'version mismatch',
    why: 'INIT names version 99 and the answer lists 98: the initiator learns which, the responder keeps nothing',
    forth: [{ kind: 'rewrite', type: packetTypes.init, at: versionAt, bytes: [0, 0, 0, 99] }, delay(10)],
    back: [{ kind: 'rewrite', type: packetTypes.version, at: versionsAt, bytes: [0, 0, 0, 98] }, delay(10)],
    initiator: file,
    ends: { initiator: ['version'], responder: ['none'] },
    completes: false,
    bounds: { datagramsMax: 4 },
    virtualSecondsMax: 1,
  }),
  scenario({
    name: 'forged version answer',
    why: 'a VERSION that lists the very version we used is ignored (§4-6): the handshake runs into its time-out',
    forth: [
      { kind: 'rewrite', type: packetTypes.init, at: versionAt, bytes: [0, 0, 0, protocolVersion + 98] },
    ],
    initiator: file,
    ends: { initiator: ['handshake_timeout'], responder: ['none'] },
    completes: false,
    virtualSecondsMax: 10.1,
    bounds: { datagramsMax: 48 },
  }),
]
