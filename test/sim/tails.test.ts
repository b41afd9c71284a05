// The scenarios of netsim/scenarios/tails.ts, each over many seeds; and what repeating is for: the same runs without.

import { describe, expect, test } from 'vitest'
import { play } from '../../netsim/play.ts'
import { tails } from '../../netsim/scenarios/tails.ts'
import { scenarioNamed } from '../../netsim/scenarios.ts'
import { must } from '../../src/base/assert.ts'
import { sweep } from './sweep.ts'

sweep(tails)

describe('what is repeated before it is lost (§9-11)', () => {
  /** Over a hundred seeds, by virtual time: probe time-outs, the longest stall of each run, the end of each run. */
  function runs(name: string, repairs: boolean) {
    const total = { probeTimeouts: 0, stallMicros: 0, endMicros: 0 }
    const config = { initiatorConfig: { repairs }, responderConfig: { repairs } }
    for (let seed = 1; seed <= 100; seed++) {
      const { initiator, responder } = play({ ...scenarioNamed(name), ...config, bounds: {} }, seed)
      for (const host of [initiator, responder]) {
        const app = must(host.app, host.name)
        const { probeTimeouts, bytesRepeated, bytesSent } = app.connection.stats
        total.probeTimeouts += probeTimeouts
        total.stallMicros += app.stallMicrosMost
        // §9-12
        expect(bytesRepeated).toBeLessThanOrEqual(0.015 * bytesSent + 3 * 1472)
        if (!repairs) expect(bytesRepeated).toBe(0)
      }
      // when the initiator has the farewell, which follows the last byte
      total.endMicros += must(initiator.app, 'initiator').receivedAt
    }
    return total
  }

  for (const name of ['short and lossy', 'ops and lossy'])
    test(`shortens the stalls of: ${name}`, () => {
      const [without, by] = [runs(name, false), runs(name, true)]
      expect(by.probeTimeouts).toBeLessThan(0.7 * without.probeTimeouts)
      expect(by.stallMicros).toBeLessThan(without.stallMicros)
      expect(by.endMicros).toBeLessThan(without.endMicros)
    })
})
