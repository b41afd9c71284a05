// Peers whose address changes under way, and somebody on the path who would have it seem so. PROTOCOL.md §4.2.

import { KiB, MiB } from '../../src/base/units.ts'
import type { Hop } from '../hops.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from '../scenario.ts'

const file = { literals: [MiB], controlBytes: 2 * KiB }
type Moves = readonly { readonly atMillis: number; readonly host: string; readonly port: number }[]

/** Both halves of one translator, at the initiator's end of the path. */
function behind(moves: Moves, forth: readonly Hop[], back: readonly Hop[]): Pick<Scenario, 'forth' | 'back'> {
  return {
    forth: [{ kind: 'nat', isBack: false, moves }, ...forth],
    back: [...back, { kind: 'nat', isBack: true, moves }],
  }
}

export const moves: readonly Scenario[] = [
  scenario({
    name: 'port rebinding',
    why: 'a NAT takes another port half a second in: the transfer goes on after a round trip, at the rate it had',
    ...behind([{ atMillis: 500, host: 'nat', port: 2 }], [delay(20), link(8, 100)], [delay(20)]),
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 1, addressChanges: { min: 1, max: 1 } },
  }),
  scenario({
    name: 'change of address',
    why: 'the initiator is suddenly in another network, twice: it is followed both times',
    ...behind(
      [
        { atMillis: 400, host: 'cellular', port: 7 },
        { atMillis: 900, host: 'home', port: 9 },
      ],
      [delay(20), link(8, 100)],
      [delay(20)],
    ),
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 2, addressChanges: { min: 2, max: 2 } },
  }),
  scenario({
    name: 'change of address, both ways',
    why: 'both sides send when the address changes: what was under way to the old one is sent again',
    ...behind(
      [{ atMillis: 500, host: 'cellular', port: 7 }],
      [delay(20), link(8, 100)],
      [link(8, 100), delay(20)],
    ),
    initiator: file,
    responder: { literals: [512 * KiB] },
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 2, addressChanges: { min: 1, max: 1 } },
  }),
  scenario({
    name: 'restless NAT',
    why: 'another port every 300 ms on a path that loses 1 % and reorders: all of it arrives',
    ...behind(
      Array.from({ length: 20 }, (_, i) => ({ atMillis: 300 * (i + 1), host: 'nat', port: i + 2 })),
      [{ kind: 'reorder', rate: 0.05, holdMillis: 8 }, { kind: 'loss', rate: 0.01 }, delay(20), link(4, 100)],
      [delay(20), { kind: 'loss', rate: 0.01 }],
    ),
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 4, addressChanges: { min: 3, max: 20 } },
  }),
  scenario({
    name: 'replayed from elsewhere',
    why: 'half the datagrams arrive first from an attacker, who answers nothing: the connection does not move to him',
    forth: [{ kind: 'race', rate: 0.5, datagramsPerPort: 0 }, delay(20), link(8, 100)],
    back: [delay(20)],
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 1, addressChanges: { min: 0, max: 0 } },
  }),
  scenario({
    name: 'replayed from everywhere',
    why: 'the attacker takes another port every few datagrams, and the peer itself is rebound: it is found all the same',
    ...behind(
      [{ atMillis: 500, host: 'nat', port: 2 }],
      [{ kind: 'race', rate: 0.2, datagramsPerPort: 3 }, delay(20), link(8, 100)],
      [delay(20)],
    ),
    initiator: file,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 3, addressChanges: { min: 1, max: 1 } },
  }),
]
