// What of a tree is here already: files in place at the target, and what an earlier attempt left beside it. Puts both into
// positions of the image and into what an ANSWER can say; what it cannot say does not count. Reads directories, the journal
// and the memory of trees; changes nothing. PROTOCOL.md §15.3-10, §15.3-11

import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Indexes, IndexSet } from '../../../base/index_set.ts'
import { type Range, RangeSet } from '../../../base/ranges.ts'
import { Image } from '../../../cut/manifest/image.ts'
import type { Manifest } from '../../../cut/manifest/manifest.ts'
import { decodeRuns, encodeRuns } from '../../../cut/manifest/runs.ts'
import { openConfined } from '../../../host/confined.ts'
import { diskFault } from '../../../host/file.ts'
import { runsBytesMax } from '../../../wire/limits.ts'
import type { Workshop } from '../attempt.ts'
import { readJournal } from '../journal.ts'
import { longest } from '../look.ts'
import { type CarriedOver, carryOver } from './carry_over.ts'
import type { Decision } from './decide.ts'
import { History } from './history.ts'
import { besideBytes } from './limits.ts'
import type { TreePlaces } from './places.ts'
import type { Top } from './snapshot.ts'
import { type Survey, survey } from './survey.ts'

const heldRangesMax = 1024

/** What counts as being here, and how the sender is told. */
export interface Found {
  readonly image: Image
  /** Positions of the image. */
  readonly held: RangeSet
  /** Files at the target that count as they are, and files that were built before, whole or in part. */
  readonly inPlace: Indexes
  readonly carried: readonly number[]
  /** The chunks of a file in place that nobody has touched since they were last read. */
  readonly knownRows: (index: number) => Uint8Array | undefined
  // for the ANSWER
  readonly heldRanges: readonly Range[]
  readonly heldFiles: Uint8Array
  readonly unwanted: Uint8Array
}

export class Ground {
  readonly survey: Survey
  readonly #workshop: Workshop
  readonly #manifest: Manifest
  readonly #history: History

  constructor(workshop: Workshop, directory: string, manifest: Manifest, manifestId: Uint8Array) {
    this.#workshop = workshop
    this.#manifest = manifest
    const takenAtNanos = BigInt(Date.now()) * 1_000_000n
    this.survey = surveyOf(directory, manifest)
    const { marks } = this.survey
    const tops = memorableTops(manifest, directory)
    const known = { manifest, tops, marks, takenAtNanos }
    this.#history = new History(workshop.pool, workshop.memory, known, {
      own: manifestId,
      othersBytesMax: besideBytes(manifest.bytes.length),
    })
  }

  hold({ unwanted, inPlace }: Decision, places: TreePlaces): Found {
    const image = new Image(this.#manifest, unwanted)
    const carried = this.#carriedOver(image, places)
    const files = new RangeSet()
    for (const index of inPlace) if (image.end(index) > image.start(index)) files.add(index, index + 1)
    for (const index of carried.files)
      if (carried.held.contains(image.start(index), image.end(index))) files.add(index, index + 1)
    const heldFiles = encodeRuns(files, runsBytesMax)
    const told = decodeRuns(heldFiles, this.#manifest.count) ?? []
    const held = new RangeSet()
    for (const { start, end } of told) held.add(image.start(start), image.start(end))
    const partly = new RangeSet()
    for (const { start, end } of carried.held)
      for (const gap of held.gaps(start, end)) partly.add(gap.start, gap.end)
    const heldRanges = longest(partly, heldRangesMax)
    for (const { start, end } of heldRanges) held.add(start, end)
    return {
      image,
      held,
      inPlace: heldOf(inPlace, image, held),
      carried: carried.files.filter(index => !inPlace.has(index)),
      // not by way of this: what was surveyed is of no use any more, and much
      knownRows: rowsOf(this.#history),
      heldRanges,
      heldFiles,
      unwanted: encodeRuns(unwanted, runsBytesMax),
    }
  }

  /** What an earlier attempt left of these files. */
  #carriedOver(image: Image, places: TreePlaces): CarriedOver {
    const nothing: CarriedOver = { held: new RangeSet(), files: [] }
    const journal = readJournal(places.journal)
    const tree = journal?.header.tree
    const bytesMax = besideBytes(this.#manifest.bytes.length)
    const old = tree && places.find(this.#workshop.pool, Buffer.from(tree.manifest, 'hex'), bytesMax)
    if (!journal || !old || !isDirectory(places.staging)) return nothing
    const before = new Image(old, tree.unwanted)
    if (before.sizeBytes !== journal.header.size) return nothing
    const staging = openConfined(resolve(places.staging))
    try {
      return carryOver(before, journal.held, image, staging)
    } finally {
      staging.close()
    }
  }
}

const rowsOf =
  (history: History) =>
  (index: number): Uint8Array | undefined =>
    history.rows(index)

/** Files that are in place and told to be. */
function heldOf(inPlace: Indexes, image: Image, held: RangeSet): IndexSet {
  const told = new IndexSet(image.manifest.count)
  for (const index of inPlace) if (held.contains(image.start(index), image.end(index))) told.add(index)
  return told
}

function surveyOf(directory: string, manifest: Manifest): Survey {
  try {
    const target = openConfined(resolve(directory))
    try {
      return survey(manifest, target)
    } finally {
      target.close()
    }
  } catch (error) {
    throw diskFault(error, 'PFS_WRITE', directory)
  }
}

/** More tops than a person names: of such a tree nothing is remembered, for each would be a file of ours. */
const memorableTopsMax = 1_024

/** Where each top of the tree is or comes to be; none, if these are more than are worth remembering. */
export function memorableTops(manifest: Manifest, directory: string): Top[] {
  const tops: Top[] = []
  const absolute = resolve(directory)
  const root = Buffer.from(absolute.endsWith('/') ? absolute : `${absolute}/`)
  for (let index = 0; index < manifest.count; index++) {
    if (manifest.parent(index) >= 0) continue
    const name = manifest.name(index)
    if (tops.length === memorableTopsMax) return []
    tops.push({ name, path: Buffer.concat([root, name]) })
  }
  return tops
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
