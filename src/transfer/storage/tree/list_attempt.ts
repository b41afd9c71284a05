// An attempt at a tree whose manifest is not here yet: the manifest is built first, like any object, and is then ours. The
// tree itself is looked at anew when it has come. PROTOCOL.md §15.3-9

import { mkdirSync } from 'node:fs'
import { toHex } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import { RangeSet } from '../../../base/ranges.ts'
import { Manifest, parseManifest } from '../../../cut/manifest/manifest.ts'
import { blobType } from '../../../cut/tree.ts'
import { type Attempt, type AttemptHooks, journalBeside, refused, type Workshop } from '../attempt.ts'
import { Build } from '../build.ts'
import { candidatesHeld } from '../candidates_held.ts'
import { commitIfRoom } from '../commit.ts'
import type { OfferedObject, OfferedTree } from '../events.ts'
import { Journal } from '../journal.ts'
import { roomIn } from '../look.ts'
import { PartFile } from '../target.ts'
import { learnManifest, shareManifest } from './manifest_blob.ts'
import type { TreePlaces } from './places.ts'

export function attemptList(
  workshop: Workshop,
  object: OfferedObject,
  tree: OfferedTree,
  places: TreePlaces,
): Attempt {
  const { pool, codecs, jobs } = workshop
  mkdirSync(jobs, { recursive: true, mode: 0o700 })
  const { blob, size } = tree.list
  const free = roomIn(jobs)
  if (size > free) {
    const text = `${size} bytes are needed for the list of files and ${free} are free`
    return refused({ kind: 'refuse', code: 'DISK_FULL', text })
  }
  const candidates = candidatesHeld(pool, tree.listCandidates, 0)
  const path = places.manifest(blob)
  return {
    verdict: {
      kind: 'answer',
      state: 'list',
      held: [],
      candidates,
      grant: size,
      codecs: codecs.encodable.filter(id => id !== 0),
    },
    isUnchanged: false,
    journal: `${path}.journal`,
    begin: hooks => begin(workshop, { ...object, size, blob }, candidates, path, hooks),
  }
}

function begin(
  workshop: Workshop,
  list: OfferedObject & { readonly blob: Uint8Array },
  candidates: ReturnType<typeof candidatesHeld>,
  path: string,
  { emit, wake, firstRound }: AttemptHooks,
): Build {
  const { pool, codecs } = workshop
  const part = new PartFile(`${path}.pfs-part`, list.size, true)
  const header = {
    version: 1 as const,
    transfer: toHex(list.transfer),
    peer: list.peer,
    target: path,
    part: part.path,
    size: list.size,
    started: new Date().toISOString(),
  }
  const journal = journalBeside(part, () => new Journal(`${path}.journal`, header, new RangeSet()))
  return new Build({
    pool,
    codecs,
    object: list,
    type: blobType.manifest,
    part,
    journal,
    sources: candidates,
    grant: list.size,
    whole: undefined,
    firstRound,
    learning: 'off',
    emit,
    wake,
    commit: async () => {
      const bytes = new Uint8Array(part.sizeBytes)
      part.read(bytes, 0)
      const manifest = parseManifest(bytes)
      journal.discard()
      if (!(manifest instanceof Manifest)) {
        part.discard()
        throw new PfsError('PFS_PROTOCOL', `its list of files is none (${manifest})`) // §13.6-1
      }
      if (!list.isInquiry) await learn(workshop, list.blob, shareManifest(pool, list.blob, manifest))
      part.commit(path, 0o600, 0n)
      return { path, isUnchanged: false }
    },
  })
}

/** The pool saves sending it again, and no more: without room it goes on. */
async function learn({ pool, mayLearn }: Workshop, id: Uint8Array, manifest: Manifest): Promise<void> {
  if (!mayLearn) return
  try {
    learnManifest(pool, id, manifest)
  } catch (error) {
    if (!(error instanceof PfsError) || error.code !== 'PFS_DISK_FULL') throw error
  }
  await commitIfRoom(pool)
}
