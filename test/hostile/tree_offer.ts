// A tree of a hostile sender's making, received by the real storage side into a real directory: the list, then the image,
// both truly named. Knows no network.

import { chunking1 } from '../../src/cut/limits.ts'
import { Image } from '../../src/cut/manifest/image.ts'
import { Manifest, parseManifest } from '../../src/cut/manifest/manifest.ts'
import { decodeRuns } from '../../src/cut/manifest/runs.ts'
import { blobType } from '../../src/cut/tree.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import type {
  BuildEvent,
  BuildStats,
  OfferedObject,
  OfferVerdict,
  Placement,
} from '../../src/transfer/storage/events.ts'
import { idOf, imageIdOfFiles, seedKeys } from '../support/named_blobs.ts'
import { shared } from '../support/shared.ts'
import { peer, type Side } from '../transfer/conversation.ts'

export type Received =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'failed'; readonly wire: string; readonly why: string }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'done'; readonly stats: BuildStats }

export interface TreeOffer {
  readonly manifest: Uint8Array
  /** By order of the files in it. */
  readonly files: readonly Uint8Array[]
  /** Said of the image; what it really is where it is left out. */
  readonly size?: number
  readonly attempt?: number
}

export async function receive(
  side: Side,
  offer: TreeOffer,
  placement: Partial<Placement>,
): Promise<Received> {
  const image = new Uint8Array(Buffer.concat(offer.files))
  const list = { blob: idOf(blobType.manifest, offer.manifest), size: offer.manifest.length }
  const transfer = new Uint8Array(16).fill(1)
  transfer[15] = offer.attempt ?? 0
  const object: OfferedObject = {
    transfer,
    peer,
    isFile: true,
    name: 'hostile',
    size: offer.size ?? image.length,
    mode: 0,
    mtimeNanos: 0n,
    poolId: seedKeys.poolId,
    chunking: chunking1.id,
    blob: imageIdOfFiles(offer.files),
    candidates: [],
    tree: { list, listCandidates: [] },
  }
  const place = { directory: side.directory, onConflict: 'fail' as const, mayShare: true, ...placement }
  let looked = await side.storage.look(object, place)
  let rounds = 0
  if (isAnswer(looked.verdict) && looked.verdict.state === 'list') {
    const end = await build(side, looked.handle, ++rounds, offer.manifest, list.blob)
    await side.storage.closeBuild(looked.handle)
    if (end.kind === 'failed') return { kind: 'failed', wire: end.wire, why: end.error.message }
    looked = await side.storage.look(object, place)
  }
  const { verdict, handle } = looked
  try {
    if (verdict.kind === 'refuse') return { kind: 'refused', code: verdict.code }
    if (!isAnswer(verdict)) return { kind: 'conflict' }
    const isWhole = verdict.state === 'whole'
    const files = wantedOf(offer, verdict.unwanted)
    const bytes = isWhole ? undefined : new Uint8Array(Buffer.concat(files))
    const end = await build(side, handle, ++rounds, bytes, imageIdOfFiles(files))
    if (end.kind === 'failed') return { kind: 'failed', wire: end.wire, why: end.error.message }
    return { kind: 'done', stats: end.stats }
  } finally {
    await side.storage.closeBuild(handle)
  }
}

/** The files that the receiver has not said it does without. §15.3-10 */
function wantedOf({ manifest: bytes, files }: TreeOffer, unwanted: Uint8Array | undefined): Uint8Array[] {
  const manifest = parseManifest(bytes)
  if (!(manifest instanceof Manifest) || !unwanted) return [...files]
  const image = new Image(manifest, decodeRuns(unwanted, manifest.count))
  const indexes = Array.from({ length: manifest.count }, (_, index) => index)
  return indexes
    .filter(index => manifest.entry(index).kind === 'file')
    .flatMap((index, i) => (image.isWanted(index) ? [files[i] ?? new Uint8Array(0)] : []))
}

const isAnswer = (verdict: OfferVerdict): verdict is Extract<OfferVerdict, { kind: 'answer' }> =>
  verdict.kind === 'answer'

type Ended = Extract<BuildEvent, { kind: 'done' | 'failed' }>

/** One round of one literal, to its end; without bytes the receiver has them. */
async function build(
  side: Side,
  handle: number,
  round: number,
  bytes: Uint8Array | undefined,
  blob: Uint8Array,
): Promise<Ended> {
  const { storage } = side
  const ended = new Promise<Ended>(resolve => {
    side.onBuild = (number, event) => {
      if (number === handle && (event.kind === 'done' || event.kind === 'failed')) resolve(event)
      // what it misses it shall not get
      if (number === handle && event.kind === 'want')
        void storage.failBuild(handle, 'CORRUPT', 'asked for nodes')
    }
  })
  await storage.startBuild(handle, round)
  if (bytes) {
    const { length } = bytes
    const ops = length === 0 ? [] : encodeOps([{ kind: 'literal', output: 0, length, literal: 0 }])
    const opBytes = new Uint8Array(Buffer.concat(ops))
    await storage.buildOps(handle, round, opBytes, true)
    for (let at = 0; at < length; at += slabBytes) {
      const slab = bytes.slice(at, at + slabBytes)
      await storage.buildSlab(handle, round, at, shared(slab), slab.length)
    }
    await storage.buildEndLiterals(handle, round, length)
    await storage.buildEnd(handle, { blob, size: length, opBytes: opBytes.length, literalBytes: length })
  }
  return await ended
}

const slabBytes = 256 * 1024
