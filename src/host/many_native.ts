// The native twin of many.ts: a batch is one call into the addon, here or on the libuv pool. Knows how the addon wants its
// columns, and no policy.

import { getSystemErrorName } from 'node:util'
import { shownText } from '../wire/text.ts'
import type { Confined } from './confined.ts'
import { reasonErrnos } from './confined_fault.ts'
import { broken, heldBy } from './confined_native.ts'
import { EntryRecords, entryWords, unpackNames } from './entry_record.ts'
import type { ListedEntry, Many, ManyReads, ManyWrites, ReadOutcome } from './many.ts'
import { mustFit, mustHaveAttributes } from './many_batch.ts'
import { portableMany } from './many_portable.ts'
import { splitNanos } from './nanos.ts'
import { systemFault } from './system_fault.ts'

type ReadArguments = [
  paths: Uint8Array,
  pathEnds: Uint32Array,
  offsets: Float64Array,
  lengths: Float64Array,
  target: Uint8Array,
  entries: Float64Array,
  outcomes: Float64Array,
]
type WriteArguments = [
  held: object,
  paths: Uint8Array,
  pathEnds: Uint32Array,
  offsets: Float64Array,
  lengths: Float64Array,
  modes: Uint32Array,
  seconds: Float64Array,
  nanos: Uint32Array,
  source: Uint8Array,
  outcomes: Float64Array,
]

/** What native/bind_many.cc exports. */
export interface ManyAddon {
  manyList(directory: Uint8Array): ArrayBuffer | number
  manyRead(...batch: ReadArguments): number
  manyReadAsync(...batch: ReadArguments): Promise<number>
  manyWrite(...batch: WriteArguments): number
  manyWriteAsync(...batch: WriteArguments): Promise<number>
}

/** An outcome: 0 for success, negative faults, and this for a file that is not as long as was wanted. */
const changed = 1

export function createNativeMany(addon: ManyAddon): Many {
  return {
    kind: 'native',
    list: directory => listed(addon.manyList(directory), directory),
    read(batch, target) {
      const work = readOf(batch, target)
      addon.manyRead(...work.args)
      return work.outcomes()
    },
    async readAsync(batch, target) {
      const work = readOf(batch, target)
      await addon.manyReadAsync(...work.args)
      return work.outcomes()
    },
    write(at, batch, source) {
      const work = writeOf(at, batch, source)
      if (!work) return portableMany.write(at, batch, source)
      return work.faults(addon.manyWrite(...work.args))
    },
    async writeAsync(at, batch, source) {
      const work = writeOf(at, batch, source)
      if (!work) return portableMany.writeAsync(at, batch, source)
      return work.faults(await addon.manyWriteAsync(...work.args))
    },
  }
}

function listed(packed: ArrayBuffer | number, directory: Uint8Array): ListedEntry[] {
  if (typeof packed === 'number')
    throw systemFault(getSystemErrorName(packed), 'scandir', shownText(directory))
  const [count = 0] = new Float64Array(packed, 0, 1)
  const records = new EntryRecords(packed, 8, count)
  const names = unpackNames(new Uint8Array(packed, 8 + count * entryWords * 8))
  return names.map((name, i) => ({ name, entry: records.at(i) }))
}

function readOf(
  batch: ManyReads,
  target: Uint8Array,
): { args: ReadArguments; outcomes: () => ReadOutcome[] } {
  mustFit(batch, target)
  const count = batch.paths.length
  const { paths, ends } = packed(batch.paths)
  const records = new EntryRecords(new ArrayBuffer(count * entryWords * 8), 0, count)
  const results = new Float64Array(count)
  return {
    args: [paths, ends, batch.offsets, batch.lengths, target, records.words, results],
    outcomes: () =>
      Array.from(results, (result, i): ReadOutcome => {
        if (result === 0) return { kind: 'read', entry: records.at(i) }
        return result === changed ? { kind: 'changed' } : { kind: 'failed', errno: errnoName(result) }
      }),
  }
}

/** undefined: `at` is of the other twin, and so is the work. */
function writeOf(
  at: Confined,
  batch: ManyWrites,
  source: Uint8Array,
): { args: WriteArguments; faults: (result: number) => Map<number, string> } | undefined {
  const held = heldBy(at)
  if (!held) return undefined
  mustFit(batch, source)
  mustHaveAttributes(batch)
  const { paths, ends } = packed(batch.paths)
  const times = batch.mtimesNanos.map(splitNanos)
  const seconds = Float64Array.from(times, time => time.seconds)
  const nanos = Uint32Array.from(times, time => time.nanos)
  const results = new Float64Array(batch.paths.length)
  return {
    args: [held, paths, ends, batch.offsets, batch.lengths, batch.modes, seconds, nanos, source, results],
    // a directory that is closed is the fault of each
    faults: result => new Map(failed(result < 0 ? results.fill(result) : results)),
  }
}

function* failed(outcomes: Float64Array): Generator<[number, string]> {
  for (const [i, outcome] of outcomes.entries()) if (outcome !== 0) yield [i, errnoName(outcome)]
}

/** Their bytes one after another, and where each ends. */
function packed(paths: readonly Uint8Array[]): { paths: Uint8Array; ends: Uint32Array } {
  const ends = new Uint32Array(paths.length)
  let end = 0
  for (const [i, path] of paths.entries()) {
    end += path.length
    ends[i] = end
  }
  return { paths: Buffer.concat(paths, end), ends }
}

function errnoName(result: number): string {
  const reason = broken[-result]
  return reason ? reasonErrnos[reason] : getSystemErrorName(result)
}
