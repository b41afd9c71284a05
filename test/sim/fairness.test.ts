// Who gets how much of a bottleneck that several share, in virtual time: why BBR may be the default. §10-9

import { describe, expect, test } from 'vitest'
import { hold, jain } from '../../netsim/contest.ts'
import { controllers } from '../../src/proto/congestion/index.ts'

const megabits = 50
const delayMillis = 20
const pipeBytes = (megabits * 1e6 * 2 * delayMillis) / 1000 / 8
/** A minute, of which the first ten seconds are theirs to find each other. */
const minute = { seconds: 60, fromSeconds: 10 }

const flows = (names: readonly (keyof typeof controllers)[], apartMillis: number) =>
  names.map((name, i) => ({ controller: controllers[name], delayMillis, startMillis: i * apartMillis }))

for (const pipes of [1, 4]) {
  const line = { megabits, queueBytes: pipes * pipeBytes, ...minute }
  describe(`a queue of ${pipes} bandwidth-delay products`, () => {
    test('is shared evenly by four that come half a second apart', () => {
      const { bitsPerSecond, droppedShare } = hold(
        { ...line, flows: flows(['bbr', 'bbr', 'bbr', 'bbr'], 500) },
        7,
      )
      expect(jain(bitsPerSecond)).toBeGreaterThan(0.85)
      // a link that nobody leaves empty
      expect(bitsPerSecond.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0.9e6 * megabits)
      expect(droppedShare).toBeLessThan(0.02)
    })

    for (const [first, late] of [
      ['bbr', 'cubic'],
      ['cubic', 'bbr'],
    ] as const) {
      test(`leaves CUBIC two fifths or more, and not all, when ${late} comes after ${first}`, () => {
        const { bitsPerSecond } = hold({ ...line, flows: flows([first, late], 3000) }, 7)
        const cubic = bitsPerSecond[first === 'cubic' ? 0 : 1] ?? 0
        const share = cubic / bitsPerSecond.reduce((sum, one) => sum + one, 0)
        expect(share).toBeGreaterThan(0.4)
        expect(share).toBeLessThan(0.8)
      })
    }
  })
}

test('background leaves a link to whoever else wants it, and takes it when nobody does', () => {
  const line = { megabits, queueBytes: 4 * pipeBytes, ...minute }
  const { bitsPerSecond } = hold({ ...line, flows: flows(['background', 'cubic'], 3000) }, 7)
  expect(bitsPerSecond[0]! / (bitsPerSecond[0]! + bitsPerSecond[1]!)).toBeLessThan(0.15)
  const alone = hold({ ...line, flows: flows(['background'], 0) }, 7)
  expect(alone.bitsPerSecond[0]).toBeGreaterThan(0.85e6 * megabits)
})
