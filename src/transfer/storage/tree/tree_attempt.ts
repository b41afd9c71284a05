// An attempt at a tree: what of it stands at the target, what an earlier attempt left, what the pool has, and what is to be
// done where names are taken. The look reads directories and journals; nothing is made before the build begins.
// PROTOCOL.md §15.3-9, §15.3-10

import { join } from 'node:path'
import { equal } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import { chunking1 } from '../../../cut/limits.ts'
import { manifestBytesMax } from '../../../cut/manifest/limits.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { type Attempt, refused, type Workshop } from '../attempt.ts'
import { candidatesHeld, manifestBytesOf } from '../candidates_held.ts'
import type { OfferedObject, OfferedTree, OfferVerdict, Placement } from '../events.ts'
import { roomIn } from '../look.ts'
import { beginTree } from './begin.ts'
import { decide } from './decide.ts'
import { Ground } from './ground.ts'
import { besideBytes } from './limits.ts'
import { attemptList } from './list_attempt.ts'
import { TreePlaces } from './places.ts'
import type { Conflict } from './survey.ts'

const shownConflictsMax = 5

export function attemptTree(
  workshop: Workshop,
  object: OfferedObject,
  tree: OfferedTree,
  placement: Placement,
  mayRead: boolean,
): Attempt {
  const { pool, jobs } = workshop
  if (!equal(object.poolId, pool.identity.poolId) || object.chunking !== chunking1.id)
    return refuse('WRONG_SEED', 'this pool has another seed')
  if (tree.list.size > manifestBytesMax) return refuse('MESSAGE_ERROR', 'a list of files that is too long') // §13.6-2
  // directories are read for the answer, which a replay may not cause
  if (!mayRead) return refused({ kind: 'later' })
  const places = new TreePlaces(object, placement, jobs)
  const manifest = places.find(pool, tree.list.blob)
  if (!manifest) return attemptList(workshop, object, tree, places)
  if (manifest.imageBytes !== object.size || manifest.bytes.length !== tree.list.size)
    return refuse('MESSAGE_ERROR', 'the tree is not as large as its list says')
  const attempt = lookAtTree(workshop, object, placement, places, manifest, tree.list.blob)
  return object.isInquiry ? { ...attempt, forget: () => places.forgetInquiry(tree.list.blob) } : attempt
}

type Refusal = Extract<OfferVerdict, { kind: 'refuse' }>

const refuse = (code: Refusal['code'], text: string, path?: string): Attempt =>
  refused({ kind: 'refuse', code, text, ...(path === undefined ? {} : { path }) })

export const conflictOf = (policy: Placement['onConflict']): Conflict =>
  policy === 'ask' || policy === 'fail' ? 'refuse' : policy

function lookAtTree(
  workshop: Workshop,
  object: OfferedObject,
  placement: Placement,
  places: TreePlaces,
  manifest: Manifest,
  manifestId: Uint8Array,
): Attempt {
  const { pool, codecs } = workshop
  const ground = new Ground(workshop, placement.directory, manifest, manifestId)
  const decision = decide(manifest, ground.survey, conflictOf(placement.onConflict))
  if (decision.conflicts.length > 0) return conflicting(manifest, decision.conflicts, placement)
  const found = ground.hold(decision, places)
  const { image, held } = found
  const needed = image.sizeBytes - held.total
  const free = roomIn(placement.directory)
  if (needed > free)
    return refuse('DISK_FULL', `${needed} bytes are needed and ${free} are free`, placement.directory)
  const isAll = decision.unwanted.length === 0
  const beside = besideBytes(manifest.bytes.length)
  const isInPool =
    object.blob !== undefined && pool.has(object.blob) && manifestBytesOf(pool, object.blob) <= beside
  const isHere = (placement.mayShare && isInPool) || needed === 0
  const state = object.blob && isAll && isHere ? 'whole' : 'open'
  const candidates =
    state === 'open' && placement.mayShare ? candidatesHeld(pool, object.candidates, beside) : []
  const answer: Extract<OfferVerdict, { kind: 'answer' }> = {
    kind: 'answer',
    state,
    held: found.heldRanges,
    candidates,
    grant: image.sizeBytes,
    codecs: codecs.encodable.filter(id => id !== 0),
    ...(isAll ? {} : { unwanted: found.unwanted }),
    ...(found.heldFiles.length > 0 ? { heldFiles: found.heldFiles } : {}),
  }
  const sources =
    state === 'whole' && object.blob ? [{ alias: 0, blob: object.blob, size: object.size }] : candidates
  return {
    verdict: answer,
    isUnchanged: false,
    journal: places.journal,
    begin: hooks =>
      beginTree({ workshop, object, placement, places, manifestId, found, decision, answer, sources }, hooks),
  }
}

function conflicting(
  manifest: Manifest,
  conflicts: readonly number[],
  { onConflict, directory }: Placement,
): Attempt {
  const shown = (index: number): string => Buffer.from(manifest.path(index)).toString()
  if (onConflict === 'ask') {
    const paths = conflicts.slice(0, shownConflictsMax).map(shown)
    return refused({ kind: 'conflict', count: conflicts.length, paths })
  }
  const [first] = conflicts
  if (first === undefined) throw new PfsError('PFS_INTERNAL', 'a conflict without an entry')
  const more = conflicts.length > 1 ? `, and ${conflicts.length - 1} more` : ''
  const path = join(directory, shown(first))
  return refuse('EXISTS', `${shown(first)} exists here and is different${more}`, path)
}
