// Two links at once: what both carry, and what becomes of a transfer when one is gone. PROTOCOL.md §4.3.

import { KiB, MiB } from '../../src/base/units.ts'
import type { Hop } from '../hops.ts'
import { delay, finishedOrIdle, link, type Scenario, scenario } from '../scenario.ts'

/** The way there and back of each link. */
function links(
  ...ways: readonly (readonly [readonly Hop[], readonly Hop[]])[]
): Pick<Scenario, 'forth' | 'back'> {
  return {
    forth: [{ kind: 'fork', isBack: false, ways: ways.map(([forth]) => forth) }],
    back: [{ kind: 'fork', isBack: true, ways: ways.map(([, back]) => back) }],
  }
}

const initiator = { literals: [2 * MiB], controlBytes: 2 * KiB, links: 2 }
const twenty: readonly [readonly Hop[], readonly Hop[]] = [[link(20, 60), delay(15)], [delay(15)]]
const cut: Hop = { kind: 'partition', fromMillis: 400 }
const heal: Hop = { kind: 'partition', fromMillis: 400, toMillis: 900 }

export const multipath: readonly Scenario[] = [
  scenario({
    name: 'two links',
    why: 'two links of 20 Mbit/s: together they carry more than either could',
    ...links(twenty, twenty),
    initiator,
    ends: finishedOrIdle,
    // 2 MiB take 0.84 s at 20 Mbit/s and never less; half of it is 0.42, and slow start has its share
    bounds: { megabitsMin: 22, paths: 2, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'two links, both ways',
    why: 'both sides send over both links at once',
    ...links(twenty, [
      [link(10, 60), delay(30)],
      [link(10, 60), delay(30)],
    ]),
    initiator: { ...initiator, literals: [MiB] },
    responder: { literals: [512 * KiB] },
    ends: finishedOrIdle,
    bounds: { paths: 2, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'unequal links',
    why: 'a cable of 20 ms and a satellite of 600: the slow one helps, and its tail delays nothing that the quick one could bring',
    ...links(twenty, [[link(20, 100), delay(300)], [delay(300)]]),
    initiator: { ...initiator, literals: [2 * MiB] },
    ends: finishedOrIdle,
    bounds: { megabitsMin: 12, paths: 2, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'a link dies',
    why: 'the first link is cut for good mid-way: what was in flight there goes again by the other',
    ...links(
      [
        [...twenty[0], cut],
        [...twenty[1], cut],
      ],
      twenty,
    ),
    initiator,
    ends: finishedOrIdle,
    bounds: { stallSecondsMax: 3 },
  }),
  scenario({
    name: 'a link dies and comes back',
    why: 'the second link is out for half a second: the first carries on, and then both',
    ...links(twenty, [
      [...twenty[0], heal],
      [...twenty[1], heal],
    ]),
    initiator: { ...initiator, literals: [3 * MiB] },
    ends: finishedOrIdle,
    bounds: { paths: 2, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'a link that never was',
    why: 'nothing passes on the second link from the start: the first carries all of it',
    ...links(twenty, [[{ kind: 'loss', rate: 1 }], [delay(15)]]),
    initiator,
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.1, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'a link one way',
    why: 'the second link carries there and nothing back: its address is never proven, and nothing is lost by it',
    ...links(twenty, [[delay(15)], [{ kind: 'loss', rate: 1 }]]),
    initiator,
    responder: { literals: [256 * KiB] },
    ends: finishedOrIdle,
    bounds: { resentShareMax: 0.1, stallSecondsMax: 1 },
  }),
  scenario({
    name: 'lossy links',
    why: 'both links lose 1 % and reorder, keys change often: all of it arrives',
    ...links(
      [
        [
          { kind: 'reorder', rate: 0.03, holdMillis: 8 },
          { kind: 'loss', rate: 0.01 },
          delay(20),
          link(20, 100),
        ],
        [{ kind: 'loss', rate: 0.01 }, delay(20)],
      ],
      [
        [
          { kind: 'reorder', rate: 0.03, holdMillis: 8 },
          { kind: 'loss', rate: 0.01 },
          delay(40),
          link(10, 100),
        ],
        [{ kind: 'loss', rate: 0.01 }, delay(40)],
      ],
    ),
    initiator,
    initiatorConfig: { packetsPerPhase: 200 },
    responderConfig: { packetsPerPhase: 200 },
    ends: finishedOrIdle,
    bounds: { keyUpdatesMin: 3, stallSecondsMax: 4 },
  }),
  scenario({
    name: 'a peer without paths',
    why: 'the responder takes one path: the second link is not used, and nobody minds',
    ...links(twenty, twenty),
    initiator,
    responderConfig: { pathsMax: 1 },
    ends: finishedOrIdle,
    bounds: { pathsMax: 1, stallSecondsMax: 1 },
  }),
]
