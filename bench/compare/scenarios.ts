// The lines that are raced over, in the order of a session, with the sizes that keep each form's promise of time. What a
// line does to packets is one row of netsim/profiles.ts; `raw` is a bare veth.

import { MiB } from '../../src/base/units.ts'

export type Form = 'quick' | 'large'

export interface Sizes {
  readonly fileBytes: number
  readonly treeFiles: number
}

export interface Scenario {
  readonly name: string
  /** A row of the link profiles; undefined: nothing between the namespaces but a veth. */
  readonly profile: string | undefined
  readonly quick: Sizes | undefined
  readonly large: Sizes
  /** The one workload that is raced over it; left out: all. */
  readonly onlyWorkload?: string
}

const files = (mebibytes: number, treeFiles: number): Sizes => ({ fileBytes: mebibytes * MiB, treeFiles })

export const scenarios: readonly Scenario[] = [
  { name: 'raw', profile: undefined, quick: files(256, 2000), large: files(1024, 100_000) },
  { name: 'lan', profile: 'lan', quick: files(64, 2000), large: files(256, 100_000) },
  { name: 'metro', profile: 'metro', quick: undefined, large: files(256, 100_000) },
  { name: 'wan', profile: 'wan', quick: files(32, 2000), large: files(128, 100_000) },
  { name: 'lossy-wan', profile: 'lossy-wan', quick: files(16, 2000), large: files(64, 100_000) },
  { name: 'mobile', profile: 'mobile', quick: undefined, large: files(12, 10_000) },
  { name: 'satellite', profile: 'satellite', quick: undefined, large: files(32, 10_000) },
  // long enough that the start is a small part: what is asked of these is the rate that is held
  ...['loss-50-1', 'loss-50-5', 'loss-100-1', 'loss-100-5'].map(name => ({
    name,
    profile: name,
    quick: undefined,
    large: files(1024, 0),
    onlyWorkload: 'random',
  })),
]
