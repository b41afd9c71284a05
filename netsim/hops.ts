// The pieces of a path as data, and the table that builds them. To add one: a file in nodes/, a member of Hop, a row.

import { Prng } from '../src/base/prng.ts'
import { millisecond, never } from '../src/base/units.ts'
import type { Node } from './node.ts'
import { Bleach } from './nodes/bleach.ts'
import { Burst } from './nodes/burst.ts'
import { Corrupt } from './nodes/corrupt.ts'
import { Delay } from './nodes/delay.ts'
import { Duplicate } from './nodes/duplicate.ts'
import { Flood } from './nodes/flood.ts'
import { Fork } from './nodes/fork.ts'
import { type Forgery, Inject } from './nodes/inject.ts'
import { Loss } from './nodes/loss.ts'
import { Mtu } from './nodes/mtu.ts'
import { type Mapping, Nat } from './nodes/nat.ts'
import { Partition } from './nodes/partition.ts'
import { Queue } from './nodes/queue.ts'
import { Race } from './nodes/race.ts'
import { Reorder } from './nodes/reorder.ts'
import { Repeat } from './nodes/repeat.ts'
import { Rewrite } from './nodes/rewrite.ts'
import { Wander } from './nodes/wander.ts'

export type Hop =
  | {
      readonly kind: 'delay'
      readonly millis: number
      readonly jitterMillis?: number
      readonly reorders?: boolean
    }
  | { readonly kind: 'wander'; readonly millis: number; readonly jitterMillis: number }
  | {
      readonly kind: 'queue'
      readonly megabits: number
      readonly bytes: number
      readonly overheadBytes?: number
      readonly markBytes?: number
    }
  /** What has a mark gets this ECN field: 0 takes marks off. */
  | { readonly kind: 'bleach'; readonly ecn: number | 'drop' }
  | { readonly kind: 'loss'; readonly rate: number; readonly fromMillis?: number }
  | {
      readonly kind: 'burst'
      readonly rate: number
      readonly burstDatagrams: number
      readonly burstMillisMax?: number
    }
  | { readonly kind: 'reorder'; readonly rate: number; readonly holdMillis: number }
  | { readonly kind: 'duplicate'; readonly rate: number; readonly lateMillis?: number }
  | { readonly kind: 'corrupt'; readonly rate: number }
  | { readonly kind: 'mtu'; readonly datagramBytesMax: number; readonly fromMillis?: number }
  /** Without `toMillis` the cable stays cut. */
  | { readonly kind: 'partition'; readonly fromMillis: number; readonly toMillis?: number }
  | { readonly kind: 'inject'; readonly rate: number; readonly what: readonly Forgery[] }
  /** INITs from the initiator's address that the initiator never sent. */
  | { readonly kind: 'flood'; readonly perMillisecond: number; readonly toMillis: number }
  | { readonly kind: 'repeat'; readonly type: number; readonly everyMillis: number; readonly times: number }
  | {
      readonly kind: 'nat'
      readonly isBack: boolean
      readonly moves: readonly { readonly atMillis: number; readonly host: string; readonly port: number }[]
    }
  | { readonly kind: 'fork'; readonly isBack: boolean; readonly ways: readonly (readonly Hop[])[] }
  | { readonly kind: 'race'; readonly rate: number; readonly datagramsPerPort: number }
  | {
      readonly kind: 'rewrite'
      readonly type: number
      readonly at: number
      readonly bytes: readonly number[]
    }

type HopOf<K extends Hop['kind']> = Extract<Hop, { kind: K }>

const builders: { readonly [K in Hop['kind']]: (hop: HopOf<K>, prng: Prng) => Node } = {
  delay: ({ millis, jitterMillis = 0, reorders = false }, prng) =>
    new Delay(
      { micros: millis * millisecond, jitterMicros: jitterMillis * millisecond, keepsOrder: !reorders },
      prng,
    ),
  wander: ({ millis, jitterMillis }, prng) =>
    new Wander({ micros: millis * millisecond, jitterMicros: jitterMillis * millisecond }, prng),
  queue: ({ megabits, bytes, ...more }) =>
    new Queue({ bitsPerSecond: megabits * 1e6, bytesMax: bytes, ...more }),
  bleach: ({ ecn }) => new Bleach(ecn),
  loss: ({ rate, fromMillis = 0 }, prng) => new Loss(rate, prng, fromMillis * millisecond),
  burst: ({ rate, burstDatagrams, burstMillisMax = never }, prng) =>
    new Burst({ rate, burstDatagrams, burstMicrosMax: burstMillisMax * millisecond }, prng),
  reorder: ({ rate, holdMillis }, prng) => new Reorder({ rate, holdMicros: holdMillis * millisecond }, prng),
  duplicate: ({ rate, lateMillis = 0 }, prng) =>
    new Duplicate({ rate, lateMicros: lateMillis * millisecond }, prng),
  corrupt: ({ rate }, prng) => new Corrupt(rate, prng),
  mtu: ({ datagramBytesMax, fromMillis = 0 }) =>
    new Mtu({ datagramBytesMax, fromMicros: fromMillis * millisecond }),
  partition: ({ fromMillis, toMillis }) =>
    new Partition([
      {
        fromMicros: fromMillis * millisecond,
        toMicros: toMillis === undefined ? never : toMillis * millisecond,
      },
    ]),
  inject: ({ rate, what }, prng) => new Inject({ rate, kinds: what }, prng),
  flood: ({ perMillisecond, toMillis }, prng) =>
    new Flood({ perMillisecond, untilMicros: toMillis * millisecond }, prng),
  repeat: ({ type, everyMillis, times }) =>
    new Repeat({ type, everyMicros: everyMillis * millisecond, times }),
  nat: ({ isBack, moves }) => new Nat({ isBack, mappings: mappingsOf(moves) }),
  fork: ({ isBack, ways }, prng) =>
    new Fork({ isBack, ways: ways.map(hops => hops.map(hop => buildHop(hop, new Prng(prng.u32())))) }),
  race: (options, prng) => new Race(options, prng),
  rewrite: hop => new Rewrite(hop),
}

function mappingsOf(moves: HopOf<'nat'>['moves']): Mapping[] {
  const later = moves.map(({ atMillis, ...address }) => ({ fromMicros: atMillis * millisecond, address }))
  return [{ fromMicros: 0, address: { host: 'nat', port: 1 } }, ...later]
}

export function buildHop(hop: Hop, prng: Prng): Node {
  // the row of a kind takes that kind: the compiler cannot follow a union through an index
  const build = builders[hop.kind] as (hop: Hop, prng: Prng) => Node
  return build(hop, prng)
}

/** Chance for part `index` of a run: every part has its own stream of numbers, all from the one seed. */
export function prngOf(seed: number, index: number): Prng {
  return new Prng((seed % 2 ** 32) + (index + 1) * 2 ** 32)
}
