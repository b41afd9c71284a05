// A tree that is to be sent: what lies at the paths the user named is written down, what earlier sends tell of it is looked
// up, and the two objects of its transfer are ready, the manifest and the image. Reads directories, no file's content.
// PROTOCOL.md §13.6, §15.2-5

import { createHash } from 'node:crypto'
import { readU32 } from '../../../base/bytes.ts'
import { PfsError } from '../../../base/errors.ts'
import { chunking1 } from '../../../cut/limits.ts'
import { fileEnds } from '../../../cut/manifest/file_ends.ts'
import { Image } from '../../../cut/manifest/image.ts'
import { compareNames } from '../../../cut/manifest/manifest.ts'
import { rowBytes } from '../../../cut/recipe.ts'
import { blobId, blobType, TreeBuilder } from '../../../cut/tree.ts'
import { nameBytesMax } from '../../../wire/limits.ts'
import type { Workshop } from '../attempt.ts'
import type { PreparedSource, PreparedTree, TreeRequest } from '../events.ts'
import { History } from './history.ts'
import { rememberTree } from './learning.ts'
import { ListSource } from './list_source.ts'
import { manifestIdOf, recipeOf } from './manifest_blob.ts'
import { selectionOf } from './rules.ts'
import { carriedFailure, type Snapshot, shownPath, type Top } from './snapshot.ts'
import { TreeSource } from './tree_source.ts'
import { walk } from './walk.ts'
import { walkDisk } from './walk_disk.ts'

export interface PreparedSources {
  readonly list: ListSource
  readonly image: TreeSource
  readonly tree: PreparedTree
}

const transferIdBytes = 16
/** What all attempts to send these tops have in common. §15.2-5 */
const lastingBytes = 12
const candidatesMax = 16

export async function prepareTree(workshop: Workshop, request: TreeRequest): Promise<PreparedSources> {
  const { pool, many, memory, mayLearn } = workshop
  const { tops, links, hasOwners } = request
  const selection = selectionOf(request.rules, request.without)
  const snapshot = await walk({ tops, selection, links, hasOwners }, walkDisk(many))
  const { manifest } = snapshot
  // what has become of one of them changes neither the name of the transfer nor where its work lies
  const asked = tops.toSorted((a, b) => compareNames(a.name, b.name))
  if (manifest.count === 0) throw nothingToSend(snapshot)
  const history = new History(pool, memory, snapshot)
  const recipe = recipeOf(pool, manifest.bytes)
  const manifestId = manifestIdOf(pool, recipe)
  const common = {
    transfer: transferIdOf(asked, manifestId),
    name: nameOf(asked),
    mode: 0,
    mtimeNanos: 0n,
    poolId: pool.identity.poolId,
    chunking: chunking1.id,
  }
  const prepared: PreparedSource = {
    ...common,
    size: manifest.imageBytes,
    blob: imageIdOf(workshop, snapshot, history),
    candidates: history.trees
      .slice(0, candidatesMax)
      .map(({ reader }) => ({ blob: reader.blobId, size: reader.sizeBytes })),
  }
  const image = new TreeSource({
    pool,
    many,
    snapshot,
    history,
    prepared,
    learning: mayLearn ? pool.learnWay(manifest.imageBytes) : 'off',
    onSettled: (imageId, verifier) => {
      if (mayLearn) rememberTree(workshop, { ...snapshot, manifestId, imageId }, verifier)
    },
  })
  const size = manifest.bytes.length
  const list = new ListSource(
    { ...common, size, blob: manifestId, candidates: [] },
    manifest,
    recipe,
    history.trees,
  )
  const tree = {
    list: { blob: manifestId, size },
    listCandidates: history.trees
      .slice(0, candidatesMax)
      .map(({ manifestId, manifest }) => ({ blob: manifestId, size: manifest.bytes.length })),
    entryCount: manifest.count,
    fileCount: manifest.countFiles(),
    fileEnds: fileEnds(new Image(manifest)),
    failures: snapshot.failures.map(carriedFailure),
  }
  return { list, image, tree }
}

/** The image's name, where every file is what it was when it was last read. */
function imageIdOf({ pool }: Workshop, { manifest }: Snapshot, history: History): Uint8Array | undefined {
  if (!history.isComplete) return undefined
  const tree = new TreeBuilder(pool.hashes, pool.keys)
  for (let index = 0; index < manifest.count; index++) {
    if (manifest.sizeBytes(index) === 0) continue
    const rows = history.rows(index)
    if (!rows) return undefined
    for (let at = 0; at < rows.length; at += rowBytes)
      tree.add(readU32(rows, at), rows.subarray(at + 4, at + rowBytes))
  }
  return blobId(pool.hashes, pool.keys, blobType.image, chunking1.id, tree.finish())
}

/** §15.2-5 */
function transferIdOf(tops: readonly Top[], manifestId: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update('pfs tree')
  for (const { path, name } of tops) hash.update(`\0${path.length} ${name.length} `).update(path).update(name)
  const id = new Uint8Array(transferIdBytes)
  id.set(hash.digest().subarray(0, lastingBytes))
  id.set(manifestId.subarray(0, transferIdBytes - lastingBytes), lastingBytes)
  return id
}

/** For people. §15.2 */
function nameOf(tops: readonly Top[]): string {
  const [first, ...more] = tops
  const name = shownPath(first?.name ?? new Uint8Array(0))
  const suffix = more.length > 0 ? ` and ${more.length} more` : ''
  let shown = name
  while (Buffer.byteLength(shown + suffix) > nameBytesMax) shown = shown.slice(0, -1)
  return shown + suffix
}

function nothingToSend({ failures }: Snapshot): PfsError {
  const [first] = failures
  if (first) return first.error
  return new PfsError('PFS_NOT_FOUND', 'nothing that matches', {
    hint: 'Look at --include, --exclude and .pfsignore: they leave out all of it.',
  })
}
