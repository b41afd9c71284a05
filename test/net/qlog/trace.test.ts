// A trace of a whole connection, told by the core over a path that loses: it fits the schema, and its sums are the core's own
// counters.

import { describe, expect, test } from 'vitest'
import { KiB, MiB, second } from '../../../src/base/units.ts'
import { type Sink, Trace } from '../../../src/net/qlog/trace.ts'
import type { Observed, Observer } from '../../../src/proto/observer.ts'
import { Pair, type PairOptions } from '../../support/pair.ts'
import { checkedQlog, named, type Qlog, sum } from '../../support/qlog.ts'
import { moveLiteral } from '../../support/transfers.ts'

class Kept implements Sink {
  readonly records: object[] = []
  isKept = false
  isEnded = false

  append(record: object): void {
    // as a file would have it
    this.records.push(JSON.parse(JSON.stringify(record)) as object)
  }

  keep(): void {
    this.isKept = true
  }

  end(): void {
    this.isEnded = true
  }
}

function traced(options: PairOptions = {}) {
  const sinks: Record<Observed['role'], Kept> = { initiator: new Kept(), responder: new Kept() }
  const pair = new Pair({
    ...options,
    observe: (now, connection) => new Trace(now, connection, sinks[connection.role], 1_700_000_000_000),
  })
  const qlogs = (): Record<Observed['role'], Qlog> => ({
    initiator: checkedQlog(sinks.initiator.records),
    responder: checkedQlog(sinks.responder.records),
  })
  return { pair, sinks, qlogs }
}

describe('the trace of a connection', () => {
  test('fits the schema, and its sums are the counters of the core', () => {
    const { pair, qlogs } = traced({ drop: (_, count) => count % 40 === 39 })
    pair.open()
    moveLiteral(pair, 2 * MiB, ['initiator', 'responder'])
    pair.run(second)
    const all = qlogs()
    for (const side of ['initiator', 'responder'] as const) {
      const { stats } = pair[side].connection
      const qlog = all[side]
      expect(sum(qlog, 'packet_sent', data => data.packets)).toBe(stats.packetsSent)
      expect(sum(qlog, 'packet_sent', data => (data.raw as { length: number }).length)).toBe(stats.bytesSent)
      expect(sum(qlog, 'packet_received', data => data.packets)).toBe(stats.packetsReceived)
      const lost = named(qlog, 'packet_lost').filter(({ data }) => data.is_mtu_probe_packet === false)
      expect(lost.reduce((total, { data }) => total + Number(data.packets), 0)).toBe(stats.packetsLost)
      expect(stats.packetsLost).toBeGreaterThan(0)
      expect(named(qlog, 'congestion_state_updated').at(-1)?.data.new).toBe('congestion_avoidance')
      expect(named(qlog, 'mtu_updated').at(-1)?.data.new).toBe(stats.datagramBytes)
      expect(
        named(qlog, 'metrics_updated').findLast(({ data }) => 'bytes_in_flight' in data)?.data,
      ).toMatchObject({ bytes_in_flight: stats.bytesInFlight })
    }
    // a train is one record, not one for each packet
    const sent = named(all.initiator, 'packet_sent')
    expect(sent.length).toBeLessThan(pair.initiator.connection.stats.packetsSent / 2)
    const acks = named(all.initiator, 'packet_received').filter(({ data }) =>
      JSON.stringify(data.frames ?? '').includes('acked_ranges'),
    )
    expect(acks.length).toBe(pair.initiator.connection.stats.acksReceived)
  })

  test('names both ends of it, key updates and the close', () => {
    const { pair, sinks, qlogs } = traced({ config: { packetsPerPhase: 200 } })
    pair.open()
    moveLiteral(pair, 500 * KiB)
    pair.initiator.connection.finish()
    pair.run(60 * second)
    const { initiator, responder } = qlogs()
    const idsOf = (qlog: Qlog): unknown[] => [
      named(qlog, 'connection_started')[0]?.data.src_cid,
      named(qlog, 'connection_state_updated')[0]?.data.dst_cid,
    ]
    expect(idsOf(initiator).reverse()).toEqual(idsOf(responder))
    const { keyUpdates } = pair.initiator.connection.stats
    expect(keyUpdates).toBeGreaterThan(0)
    expect(named(initiator, 'key_updated').length).toBe(2 * keyUpdates)
    expect(named(initiator, 'connection_closed').map(({ data }) => data)).toMatchObject([
      { owner: 'local', application_code: 0, trigger: 'clean' },
    ])
    expect(named(responder, 'connection_closed').map(({ data }) => data.owner)).toEqual(['remote'])
    expect([sinks.initiator.isEnded, sinks.responder.isEnded]).toEqual([true, true])
  })

  test('of a peer that has not proven to be there is not worth a file', () => {
    const { pair, sinks } = traced({ drop: from => from === 'responder' })
    pair.connect({ remoteStatic: pair.responder.staticKeys.publicKey })
    pair.run(20 * second)
    expect([sinks.initiator.isKept, sinks.responder.isKept]).toEqual([true, false])
    expect([sinks.initiator.isEnded, sinks.responder.isEnded]).toEqual([true, true])
    const qlog = checkedQlog(sinks.initiator.records)
    expect(named(qlog, 'connection_closed')[0]?.data.trigger).toBe('handshake_timeout')
  })
})

test('what an observer is handed is the core’s own: the lists of every ACK are one', () => {
  const lists = new Set<unknown>()
  const observer = new Proxy({} as Observer, {
    get: (_, name) => (_now: number, first: unknown) => {
      if (name === 'onAcked') lists.add(first)
    },
  })
  const pair = new Pair({ observe: () => observer }).open()
  moveLiteral(pair, 1 * MiB, ['initiator', 'responder'])
  expect(pair.initiator.connection.stats.acksReceived).toBeGreaterThan(10)
  // one for each side: nothing was made for the observer, and without one nothing would be
  expect(lists.size).toBe(2)
})
