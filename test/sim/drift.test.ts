// A radio link whose length drifts by a third of itself, with fades: neither is congestion. PROTOCOL.md §10-8, §10

import { expect, test } from 'vitest'
import { play } from '../../netsim/play.ts'
import { hopsOf } from '../../netsim/profile_hops.ts'
import { profileNamed } from '../../netsim/profiles.ts'
import { finishedOrIdle, scenario } from '../../netsim/scenario.ts'
import { must } from '../../src/base/assert.ts'
import { MiB, second } from '../../src/base/units.ts'

const bytes = 12 * MiB
/** At its rate of 20 Mbit/s, and a tenth for headers and what is lost. */
const leastSeconds = (8 * bytes * 1.1) / 20e6

test('a link that drifts is kept full: no transfer takes a fifth longer than it must', () => {
  const way = hopsOf(profileNamed('mobile'))
  const seconds: number[] = []
  for (let seed = 1; seed <= 18; seed++) {
    const { responder } = play(
      scenario({
        name: 'drift',
        why: 'round trips of 40 to 100 ms, and 3 % lost in fades of four packets',
        forth: way,
        back: way,
        initiator: { literals: [bytes] },
        ends: finishedOrIdle,
      }),
      seed,
    )
    seconds.push((must(responder.app, 'a receiver').progress.at(-1)?.at ?? Number.POSITIVE_INFINITY) / second)
  }
  expect(Math.max(...seconds)).toBeLessThan(1.2 * leastSeconds)
})
