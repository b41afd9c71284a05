// What the receiver says to an OFFER: looks at the target, the pool, the journal of an earlier attempt and the room on
// the disk. Writes nothing, so that a replayed first flight costs look-ups and no more. PROTOCOL.md §5-6, §15.3

import { createHash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { equal, toHex } from '../../base/bytes.ts'
import { type Range, RangeSet } from '../../base/ranges.ts'
import { MiB } from '../../base/units.ts'
import { blobBytesMax, chunking1 } from '../../cut/limits.ts'
import type { Codecs } from '../../host/codec.ts'
import { diskFault, freeBytes } from '../../host/file.ts'
import type { Pool } from '../../pool/pool.ts'
import { candidatesHeld } from './candidates_held.ts'
import { markOfPath } from './commit.ts'
import type { ConflictPolicy, OfferedObject, OfferVerdict, Placement } from './events.ts'
import type { BuildSource } from './ground.ts'
import { readJournal } from './journal.ts'
import { partName, standing, targetPath } from './target.ts'
import { Verifier } from './verifier.ts'

/** Where one transfer of one peer to one place keeps its unfinished work. */
export interface Places {
  readonly target: string
  readonly part: string
  readonly journal: string
}

export interface Looked {
  readonly verdict: OfferVerdict
  /** As it was offered; of a stream with the size it may have. */
  readonly object: OfferedObject
  readonly places: Places
  readonly held: RangeSet
  readonly sources: readonly BuildSource[]
  /** The target is this very object already. */
  readonly isUnchanged: boolean
}

const heldRangesMax = 1024
const scanStepBytes = 4 * MiB

export function placesOf(object: OfferedObject, placement: Placement, jobs: string): Places {
  const target = targetPath(placement.directory, object.name)
  const parts = [object.peer, toHex(object.transfer), target]
  const key = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)
  const part = join(placement.directory, partName(object.name, key.slice(0, 8)))
  return { target, part, journal: join(jobs, `${key}.journal`) }
}

export async function look(
  pool: Pool,
  codecs: Codecs,
  jobs: string,
  offered: OfferedObject,
  placement: Placement,
  mayRead: boolean,
): Promise<Looked> {
  const object = offered.isStream ? { ...offered, size: grantOfStream(placement) } : offered
  const places = placesOf(object, placement, jobs)
  const nothing = { object, places, held: new RangeSet(), sources: [], isUnchanged: false }
  const refuse = (code: 'WRONG_SEED' | 'DISK_FULL' | 'EXISTS', text: string, path?: string): Looked => ({
    ...nothing,
    verdict: { kind: 'refuse', code, text, ...(path === undefined ? {} : { path }) },
  })
  if (!equal(object.poolId, pool.identity.poolId) || object.chunking !== chunking1.id) {
    return refuse('WRONG_SEED', 'this pool has another seed')
  }
  const conflict = object.isFile ? await conflictAt(pool, object, placement, places.target, mayRead) : 'none'
  if (conflict === 'unread') return { ...nothing, verdict: { kind: 'later' } }
  if (conflict === 'different' && placement.onConflict === 'ask')
    return { ...nothing, verdict: { kind: 'conflict', count: 1, paths: [object.name] } }
  const { name } = object
  if (conflict === 'different') return refuse('EXISTS', `${name} exists here and is different`, places.target)
  if (conflict === 'directory') return refuse('EXISTS', `${name} is a directory here`, places.target)
  if (conflict === 'kept') return { ...nothing, verdict: kept }

  const held = heldOf(object, places)
  const needed = object.size - held.total
  const free = roomIn(placement.directory)
  if (conflict !== 'same' && !object.isStream && needed > free) {
    return refuse('DISK_FULL', `${needed} bytes are needed and ${free} are free`, placement.directory)
  }
  const isWhole = placement.mayShare && object.blob !== undefined && pool.has(object.blob)
  const state = conflict === 'same' || isWhole ? 'whole' : conflict === 'unknown' ? 'name' : 'open'
  const candidates = state === 'open' && placement.mayShare ? candidatesHeld(pool, object.candidates) : []
  const sources = isWhole && object.blob ? [{ alias: 0, blob: object.blob, size: object.size }] : candidates
  const verdict: OfferVerdict = {
    kind: 'answer',
    state,
    held: longest(held, heldRangesMax),
    candidates,
    grant: object.size,
    codecs: codecs.encodable.filter(id => id !== 0),
  }
  return { verdict, object, places, held, sources, isUnchanged: conflict === 'same' }
}

/** §15.2-6: as long as there is room for it. */
function grantOfStream({ directory }: Placement): number {
  return Math.min(blobBytesMax, roomIn(directory))
}

export function roomIn(directory: string): number {
  try {
    return freeBytes(directory)
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', directory)
  }
}

/** §15.3-12 */
const kept: OfferVerdict = { kind: 'answer', state: 'kept', held: [], candidates: [], grant: 0, codecs: [] }

/**
 * 'unknown': something of that size is there, and only the blob id can tell whether it is the same. 'kept': it stays,
 * whatever it is.
 */
type Conflict = 'none' | 'same' | 'unknown' | 'unread' | 'different' | 'directory' | 'kept'

async function conflictAt(
  pool: Pool,
  object: OfferedObject,
  placement: Placement,
  target: string,
  mayRead: boolean,
): Promise<Conflict> {
  const now = standing(target)
  if (now.kind === 'absent') return 'none'
  if (now.kind === 'other' && now.isDirectory) return 'directory'
  const otherwise = resolved(object, placement.onConflict, now.mtimeNanos)
  const isOther = object.isStream || now.kind === 'other' || now.size !== object.size
  if (otherwise === 'kept' || isOther) return otherwise
  const known = pool.statLookup(markOfPath(target))
  if (object.blob === undefined) return otherwise === 'none' ? 'none' : 'unknown'
  if (!known && !mayRead) return 'unread'
  const id = known ?? (await nameOf(pool, target, now.size))
  return id && equal(id, object.blob) ? 'same' : otherwise
}

/** What becomes of something different. */
function resolved(
  { mtimeNanos }: OfferedObject,
  policy: ConflictPolicy,
  ours: bigint,
): 'none' | 'kept' | 'different' {
  switch (policy) {
    case 'overwrite':
    case 'rename':
      return 'none'
    case 'skip':
      return 'kept'
    case 'newer':
      return ours >= mtimeNanos ? 'kept' : 'none'
    case 'ask':
    case 'fail':
      return 'different'
  }
}

/** The blob id of a file that is here, by reading it. */
async function nameOf(pool: Pool, path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
  const scannedAtNanos = BigInt(Date.now()) * 1_000_000n
  const mark = markOfPath(path)
  const fd = openTarget(path)
  try {
    const scan = new Verifier(pool, pool.scanner({ fd, limit: sizeBytes, isFinal: true }), 'off')
    while (scan.step(scanStepBytes) === 'more') await setImmediate()
    if (scan.id) pool.statStore(mark, scan.id, scannedAtNanos)
    return scan.id
  } finally {
    closeSync(fd)
  }
}

function openTarget(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', path)
  }
}

function heldOf(object: OfferedObject, places: Places): RangeSet {
  const journal = readJournal(places.journal)
  const part = standing(places.part)
  if (!journal || part.kind !== 'file' || part.size !== object.size) return new RangeSet()
  const { header } = journal
  const isOurs =
    header.transfer === toHex(object.transfer) &&
    header.peer === object.peer &&
    header.target === places.target
  return isOurs && header.size === object.size ? journal.held : new RangeSet()
}

/** The longest ranges, in order: a message has room for so many, and what is left out is merely sent again. */
export function longest(ranges: RangeSet, count: number): Range[] {
  const all = [...ranges]
  if (all.length <= count) return all
  const kept = new Set(all.toSorted((a, b) => b.end - b.start - (a.end - a.start)).slice(0, count))
  return all.filter(range => kept.has(range))
}
