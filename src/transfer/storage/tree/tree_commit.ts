// A verified tree is dressed, made durable, put in its place, made durable there, and remembered: by the pool, whose copy
// or whose place its image is, and by what each entry was when we left it. PROTOCOL.md §15.8-1, §15.8-3

import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { PfsError } from '../../../base/errors.ts'
import type { Confined } from '../../../host/confined.ts'
import { diskFault } from '../../../host/file.ts'
import type { AttemptHooks } from '../attempt.ts'
import type { Committed } from '../build.ts'
import { carried } from '../carry.ts'
import { commitIfRoom } from '../commit.ts'
import type { FailedPlace } from '../events.ts'
import type { Journal } from '../journal.ts'
import type { Verifier } from '../verifier.ts'
import type { TreeWork } from './begin.ts'
import { dress } from './dress.ts'
import { EntryFailures, taken } from './entry_failures.ts'
import { memorableTops } from './ground.ts'
import { rememberTree } from './learning.ts'
import { stretchOf } from './pairs.ts'
import { place } from './place.ts'
import { survey } from './survey.ts'
import { conflictOf } from './tree_attempt.ts'
import type { TreePart } from './tree_part.ts'

export interface TreeCommit {
  readonly work: TreeWork
  readonly part: TreePart
  readonly staging: Confined
  readonly target: Confined
  readonly journal: Journal
  readonly verifier: Verifier
  readonly id: Uint8Array
  readonly hooks: AttemptHooks
}

export async function commitTree(commit: TreeCommit): Promise<Committed> {
  const { work, part, staging, target, journal } = commit
  const { image } = work.found
  const failures = new EntryFailures(image.manifest)
  for (const index of work.decision.blocked)
    failures.add(index, () => taken(`${Buffer.from(image.manifest.path(index))} is in the way here`))
  const preservesOwner = work.placement.preservesOwner ?? false
  const policy = conflictOf(work.placement.onConflict)
  const common = { image, part, staging, failures, preservesOwner, turn: () => setImmediate() }
  await dress(common)
  await syncing(staging)
  const placed = await place({ ...common, target, policy })
  await syncing(target)
  const isAll = work.decision.unwanted.length === 0 && failures.count === 0 && placed.isAllThere
  if (isAll) await remember(commit)
  part.discard()
  journal.discard()
  work.places.forgetManifests()
  return {
    path: pathOf(work),
    isUnchanged: placed.isUnchanged && failures.count === 0,
    fileCount: image.manifest.countFiles(),
    unwantedCount: work.decision.unwanted.reduce((sum, { start, end }) => sum + end - start, 0),
    failureCount: failures.count,
    failed: failures.failed.map(
      ({ index, error }): FailedPlace => ({
        index,
        path: Buffer.from(image.manifest.path(index)).toString(),
        error: carried(error),
      }),
    ),
  }
}

async function syncing(where: Confined): Promise<void> {
  try {
    await where.sync()
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', where.path)
  }
}

/** What saves work the next time. Nothing of it may fail the transfer, whose tree is where it belongs. */
async function remember({ work, target, verifier, id, hooks }: TreeCommit): Promise<void> {
  const { workshop, found, manifestId, placement } = work
  if (!workshop.mayLearn) return
  const { manifest } = found.image
  const tops = memorableTops(manifest, placement.directory)
  if (tops.length === 0) return
  const takenAtNanos = BigInt(Date.now()) * 1_000_000n
  const { marks } = survey(manifest, target)
  const tree = { manifest, manifestId, imageId: id, tops, marks, takenAtNanos }
  try {
    rememberTree(workshop, tree, verifier)
    await commitIfRoom(workshop.pool)
  } catch (error) {
    if (!(error instanceof PfsError) || error.code !== 'PFS_DISK_FULL') throw error
  }
  if (verifier.isUnlearnt) hooks.notice(`the pool has no room: it has not learnt ${pathOf(work)}`)
  if (verifier.isPartlyCopied) hooks.copyBehind(id)
}

/** Of one top its place, of several the directory they are in, as the user wrote it. */
function pathOf({ found, placement }: TreeWork): string {
  const { manifest } = found.image
  const isOne = stretchOf(manifest, 0).end === manifest.count
  return isOne ? join(placement.directory, Buffer.from(manifest.name(0)).toString()) : placement.directory
}
