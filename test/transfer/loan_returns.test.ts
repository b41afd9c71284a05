// What the storage is told of the network: before it lends, and with what comes back.

import { expect, test } from 'vitest'
import { MiB, millisecond } from '../../src/base/units.ts'
import { LoanReturns } from '../../src/transfer/loan_returns.ts'
import type { NetworkState } from '../../src/transfer/storage/events.ts'
import type { StorageThread } from '../../src/transfer/storage/thread.ts'

type Link = ConstructorParameters<typeof LoanReturns>[1]
type Told = readonly [handle: number, loans: readonly number[], network: NetworkState]

function make(
  rttMicros: number,
  bytesInFlight: number,
): { readonly returns: LoanReturns; readonly told: Told[] } {
  const told: Told[] = []
  const tell = (name: string, words: Told): void => {
    expect(name).toBe('creditSource')
    told.push(words)
  }
  const stats = { rttMicros, bytesInFlight, deliveryBytesPerSecond: 1e6 }
  const returns = new LoanReturns({ tell } as unknown as StorageThread, { stats } as unknown as Link)
  return { returns, told }
}

test('before anything is lent, a long path is taken to hold 128 MB/s, a short one what is in flight', () => {
  for (const [rttMicros, underWayBytes] of [
    [80 * millisecond, 10_240_000],
    [600 * millisecond, 76_800_000],
    [millisecond, 1000],
  ] as const) {
    const { returns, told } = make(rttMicros, 1000)
    returns.begin(7)
    expect(told).toEqual([[7, [], { underWayBytes, inFlightBytes: 1000, deliveryBytesPerSecond: 1e6 }]])
  }
})

test('what more is in flight there counts four times: it may be lost twice', async () => {
  const { returns, told } = make(80 * millisecond, 8 * MiB)
  await new Promise<void>(resolve => {
    returns.give(7, 1, resolve)
    returns.give(8, 2, () => {})
    returns.give(7, 3, () => {})
  })
  expect(told.map(([handle, loans]) => [handle, loans])).toEqual([
    [7, [1, 3]],
    [8, [2]],
  ])
  expect(told[0]?.[2].underWayBytes).toBe(32 * MiB)
})
