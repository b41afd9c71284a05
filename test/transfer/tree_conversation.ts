// A tree between two storage sides in one process, with nothing between them: the list, the image, and what is asked for
// again, in the order the protocol allows. Everything a tree does to disks and pools, and no packets.

import { join } from 'node:path'
import { decodeRuns } from '../../src/cut/manifest/runs.ts'
import type {
  CarriedFailure,
  ConflictPolicy,
  OfferVerdict,
  PreparedSource,
  PreparedTree,
  TreeRequest,
} from '../../src/transfer/storage/events.ts'
import { type Ended, objectOf, Rounds, type Side, type TalkOptions } from './conversation.ts'

export interface TreeTalkOptions extends TalkOptions {
  /** Names in the sender's directory; default `src`. */
  readonly tops?: readonly string[]
  readonly request?: Partial<TreeRequest>
  /** What the owner says when asked. */
  readonly decide?: (verdict: Extract<OfferVerdict, { kind: 'conflict' }>) => ConflictPolicy
  /** The sender knows what is to be sent, and has read nothing of it. */
  readonly onPrepared?: () => void
  /** The receiver has answered for the image. */
  readonly onAnswered?: () => void
}

export interface TreeTalk {
  readonly prepared: PreparedSource
  readonly tree: PreparedTree
  /** What the receiver said, in order. */
  readonly verdicts: readonly OfferVerdict[]
  /** Of the image; undefined where it came to no build, or everything stopped. */
  readonly end: Ended | undefined
  /** Literal bytes of the list, and of the image. */
  readonly listBytes: number
  readonly literalBytes: number
  readonly misses: number
  /** What of the tree was not what had been prepared. */
  readonly changed: readonly CarriedFailure[]
}

export async function talkTree(from: Side, to: Side, options: TreeTalkOptions = {}): Promise<TreeTalk> {
  const { tops = ['src'], request, object } = options
  const { handle, listHandle, prepared, tree } = await from.storage.prepareTree({
    tops: tops.map(name => ({ path: Buffer.from(join(from.directory, name)), name: Buffer.from(name) })),
    links: 'keep',
    hasOwners: false,
    rules: { include: [], exclude: [], only: undefined, ignoreFiles: false },
    without: [],
    ...request,
  })
  options.onPrepared?.()
  const short = ({ blob, size }: { readonly blob: Uint8Array; readonly size: number }) => {
    return { short: blob.slice(0, 8), size }
  }
  const offered = objectOf(prepared, {
    tree: { list: tree.list, listCandidates: tree.listCandidates.map(short) },
    ...object,
  })
  let place = { directory: to.directory, onConflict: 'fail' as ConflictPolicy, mayShare: true }
  place = { ...place, ...options.placement }
  const verdicts: OfferVerdict[] = []
  let listBytes = 0
  let roundsBefore = 0
  const over = async (end: Ended | undefined, rounds?: Rounds): Promise<TreeTalk> => {
    const changed = await from.storage.sourceFailures(handle)
    for (const one of [handle, listHandle]) await from.storage.closeSource(one)
    const { literalBytes = 0, misses = 0 } = rounds?.tally ?? {}
    return { prepared, tree, verdicts, end, listBytes, literalBytes, misses, changed }
  }
  for (;;) {
    const { handle: build, verdict } = await to.storage.look(offered, place)
    verdicts.push(verdict)
    if (verdict.kind === 'conflict' && options.decide) {
      place = { ...place, onConflict: options.decide(verdict) }
      continue
    }
    if (verdict.kind !== 'answer') return await over(undefined)
    if (verdict.state === 'list') {
      const rounds = new Rounds(from, listHandle, to, build, {}, roundsBefore)
      const end = await rounds.run(verdict)
      roundsBefore = rounds.round
      listBytes += rounds.tally.literalBytes
      if (end?.kind !== 'done') return await over(end)
      continue
    }
    options.onAnswered?.()
    const rounds = new Rounds(from, handle, to, build, options, roundsBefore)
    const runs = (bytes: Uint8Array | undefined) =>
      decodeRuns(bytes ?? new Uint8Array(0), tree.entryCount) ?? []
    const plan = { unwanted: runs(verdict.unwanted), heldFiles: runs(verdict.heldFiles) }
    return await over(await rounds.run(verdict, plan), rounds)
  }
}
