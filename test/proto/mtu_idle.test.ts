// The search for the datagram size on a link that has nothing to send, for who only looks at a path. PROTOCOL.md §11-2

import { describe, expect, test } from 'vitest'
import { millisecond, second } from '../../src/base/units.ts'
import { Pair } from '../support/pair.ts'

const largest = { datagramBytesMax: 9000 }

function look(searchesIdle: boolean, pathBytes: number): Pair {
  const initiatorConfig = { ...largest, searchesIdle, keepAliveMicros: 25 * millisecond }
  const drop = (_from: string, _count: number, datagram: Uint8Array): boolean => datagram.length > pathBytes
  const pair = new Pair({ initiatorConfig, responderConfig: largest, drop }).open()
  pair.run(5 * second)
  return pair
}

describe('without anything to send', () => {
  for (const pathBytes of [1200, 1400, 1452, 8952, 9000]) {
    test(`a path of ${pathBytes} bytes is found`, () => {
      const { stats } = look(true, pathBytes).initiator.connection
      expect(stats.datagramBytes).toBeLessThanOrEqual(pathBytes)
      expect(stats.datagramBytes).toBeGreaterThan(pathBytes - 40)
      expect(stats.datagramBytesMax).toBe(9000)
      expect(stats.packetsLost).toBe(0)
    })
  }
  test('who does not ask for it stays at 1200, and the other side too', () => {
    expect(look(false, 9000).initiator.connection.stats.datagramBytes).toBe(1200)
    expect(look(true, 9000).responder.connection.stats.datagramBytes).toBe(1200)
  })
})
