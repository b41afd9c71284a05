// The scenarios of netsim/scenarios/marks.ts, each over many seeds; and what marks are for: the same path with and without.

import { describe, expect, test } from 'vitest'
import { Queue } from '../../netsim/nodes/queue.ts'
import { type Play, play } from '../../netsim/play.ts'
import { marks } from '../../netsim/scenarios/marks.ts'
import { scenarioNamed } from '../../netsim/scenarios.ts'
import { must } from '../../src/base/assert.ts'
import { controllers } from '../../src/proto/congestion/index.ts'
import { sweep } from './sweep.ts'

sweep(marks)

const statsOf = (result: Play, side: 'initiator' | 'responder') =>
  must(result[side].app, side).connection.stats

describe('a queue that marks (§10.1)', () => {
  const scenario = scenarioNamed('marking queue')
  for (const [name, createController] of Object.entries(controllers)) {
    test(`keeps short, and loses nothing, where the sender heeds it by ${name}`, () => {
      const queueOf = (result: Play): Queue =>
        must(
          result.nodes.find(node => node instanceof Queue),
          'a queue',
        )
      const heeded = play({ ...scenario, initiatorConfig: { ecn: true, createController } }, 1)
      const without = { ...scenario, initiatorConfig: { createController }, responderConfig: {}, bounds: {} }
      const unheeded = play(without, 1)
      expect(queueOf(heeded).dropped).toBe(0)
      expect(queueOf(heeded).marked).toBeGreaterThan(0)
      expect(queueOf(heeded).queuedBytesMost).toBeLessThan(queueOf(unheeded).queuedBytesMost)
      // every mark is seen once and told
      expect(statsOf(heeded, 'responder').marksSeen).toBe(queueOf(heeded).marked)
      expect(statsOf(heeded, 'initiator')).toMatchObject({
        ecn: 'capable',
        marksReported: queueOf(heeded).marked,
      })
      expect(statsOf(unheeded, 'initiator')).toMatchObject({ ecn: 'off', marksReported: 0 })
      // it costs little of what the link carries
      expect(heeded.goodputBitsPerSecond).toBeGreaterThan(0.8 * unheeded.goodputBitsPerSecond)
    })
  }
})

describe('a path that spoils the marks is gone without (§10.1-4)', () => {
  for (const name of ['bleached', 'mangled', 'marks are dropped'])
    test(name, () => {
      expect(statsOf(play(scenarioNamed(name), 1), 'initiator')).toMatchObject({ ecn: 'failed' })
    })
})
