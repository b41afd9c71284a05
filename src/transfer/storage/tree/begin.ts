// A tree's build begins: the directory beside the target, the journal, and the manifest they speak of. From here on things
// are written. PROTOCOL.md §15.2-5

import { lstatSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { toHex } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import { fileEnds } from '../../../cut/manifest/file_ends.ts'
import { blobType } from '../../../cut/tree.ts'
import { type Confined, openConfined } from '../../../host/confined.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'
import { type AttemptHooks, journalBeside, type Workshop } from '../attempt.ts'
import { Build } from '../build.ts'
import type { OfferedObject, OfferVerdict, Placement } from '../events.ts'
import type { BuildSource } from '../ground.ts'
import { Journal } from '../journal.ts'
import { tidy } from './carry_over.ts'
import type { Decision } from './decide.ts'
import type { Found } from './ground.ts'
import type { TreePlaces } from './places.ts'
import { commitTree } from './tree_commit.ts'
import { TreePart } from './tree_part.ts'

export interface TreeWork {
  readonly workshop: Workshop
  readonly object: OfferedObject
  readonly placement: Placement
  readonly places: TreePlaces
  readonly manifestId: Uint8Array
  readonly found: Found
  readonly decision: Decision
  readonly answer: Extract<OfferVerdict, { kind: 'answer' }>
  readonly sources: readonly BuildSource[]
}

export function beginTree(work: TreeWork, hooks: AttemptHooks): Build {
  const { workshop, object, placement, places, manifestId, found, decision, answer } = work
  const { pool, codecs } = workshop
  const { image, held } = found
  const staging = openStaging(places.staging)
  const target = openTarget(placement.directory, staging)
  const part = new TreePart({
    image,
    staging,
    target,
    many: workshop.many,
    inPlace: found.inPlace,
    knownRows: found.knownRows,
  })
  const journal = journalBeside(part, () => {
    tidy(image.manifest, new Set(found.carried), staging)
    places.keep(manifestId, image.manifest)
    return new Journal(places.journal, headerOf(work), held)
  })
  for (const index of found.carried) part.adopt(index)
  const isAll = decision.unwanted.length === 0
  return new Build({
    pool,
    codecs,
    object: { ...object, size: image.sizeBytes, blob: isAll ? object.blob : undefined },
    type: blobType.image,
    part,
    journal,
    sources: work.sources,
    grant: answer.grant,
    fileEnds: fileEnds(image),
    whole: answer.state === 'whole' ? object.blob : undefined,
    firstRound: hooks.firstRound,
    learning: isAll && workshop.mayLearn ? pool.learnWay(object.size) : 'off',
    emit: hooks.emit,
    wake: hooks.wake,
    commit: (verifier, id) => commitTree({ work, part, staging, target, journal, verifier, id, hooks }),
  })
}

function headerOf({ object, placement, places, manifestId, found, decision }: TreeWork) {
  return {
    version: 1 as const,
    transfer: toHex(object.transfer),
    peer: object.peer,
    target: placement.directory,
    part: places.staging,
    size: found.image.sizeBytes,
    started: new Date().toISOString(),
    tree: { manifest: toHex(manifestId), unwanted: decision.unwanted },
  }
}

function openStaging(path: string): Confined {
  try {
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
    // somebody else's directory, or a link to one, is none of ours
    const stats = lstatSync(path)
    const isOurs = stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid())
    if (!isOurs) throw new PfsError('PFS_WRITE', `${path} is in the way`, { path })
    return openConfined(resolve(path))
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', path)
  }
}

function openTarget(directory: string, staging: Confined): Confined {
  try {
    return openConfined(resolve(directory))
  } catch (error) {
    staging.close()
    throw diskFault(error, 'PFS_WRITE', directory)
  }
}
