// Two storage sides in one process, with nothing between them: what one says reaches the other in the order the
// protocol allows, cut into slabs as a network might. Everything a transfer does to disks and pools, and no packets.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { concat } from '../../src/base/bytes.ts'
import { MiB } from '../../src/base/units.ts'
import type { LearnPolicy } from '../../src/pool/learn.ts'
import { Pool } from '../../src/pool/pool.ts'
import type {
  BuildEvent,
  NetworkState,
  OfferedObject,
  OfferVerdict,
  Placement,
  PreparedSource,
  RoundEnd,
  SendPlan,
  SourceEvent,
} from '../../src/transfer/storage/events.ts'
import { Storage } from '../../src/transfer/storage/storage.ts'
import { scratch } from '../pool/scratch.ts'
import { shared } from '../support/shared.ts'

/** Nothing is known of the network. */
export const silent: NetworkState = { underWayBytes: 0, inFlightBytes: 0, deliveryBytesPerSecond: 0 }

export const peer = 'a'.repeat(52)

/** One machine: a pool, a place for journals, a directory for files. */
export interface Side {
  readonly storage: Storage
  readonly pool: string
  readonly jobs: string
  readonly directory: string
  onSource: (handle: number, event: SourceEvent) => void
  onBuild: (handle: number, event: BuildEvent) => void
}

export async function makeSide(learn: LearnPolicy = 'copy', quotaBytes = 1024 * MiB): Promise<Side> {
  const root = scratch(true)
  const pool = join(root, 'pool')
  await (await Pool.create(pool, { quotaBytes, learn })).close()
  return await openSide(root)
}

/** Also for a side that was closed or died. */
export async function openSide(root: string): Promise<Side> {
  const places = { pool: join(root, 'pool'), jobs: join(root, 'jobs'), directory: join(root, 'files') }
  mkdirSync(places.directory, { recursive: true })
  const options = { pool: places.pool, jobs: places.jobs, mayLearn: true }
  const storage = await Storage.open(options, event => {
    if (event.of === 'source') side.onSource(event.handle, event.event)
    else if (event.of === 'build') side.onBuild(event.handle, event.event)
  })
  const side: Side = { storage, ...places, onSource: () => {}, onBuild: () => {} }
  onTestFinished(async () => {
    await storage.close().catch(() => {})
  })
  return side
}

/** A file that was written long enough ago for the stat cache to trust a scan of it. */
export function putFile(side: Side, name: string, bytes: Uint8Array, mtimeSeconds = 1e9): string {
  const path = join(side.directory, name)
  writeFileSync(path, bytes)
  utimesSync(path, mtimeSeconds, mtimeSeconds)
  return path
}

export const objectOf = (prepared: PreparedSource, changes: Partial<OfferedObject> = {}): OfferedObject => ({
  transfer: prepared.transfer,
  peer,
  isFile: true,
  name: prepared.name,
  size: prepared.size,
  mode: prepared.mode,
  mtimeNanos: prepared.mtimeNanos,
  poolId: prepared.poolId,
  chunking: prepared.chunking,
  blob: prepared.blob,
  candidates: prepared.candidates.map(({ blob, size }) => ({ short: blob.slice(0, 8), size })),
  ...changes,
})

export type Ended = Extract<BuildEvent, { kind: 'done' | 'failed' }>

export interface TalkOptions {
  readonly placement?: Partial<Placement>
  readonly object?: Partial<OfferedObject>
  /** How long the next slab is; the default is what one literal was. */
  readonly slabBytes?: () => number
  /** Which of so many waiting slabs goes next. */
  readonly pick?: (count: number) => number
  /** False: as if the receiver had no codec. */
  readonly compress?: boolean
  /** True after so many pieces: everything stops, as by a kill of both sides. */
  readonly stopAfterPieces?: number
  readonly onSlab?: (bytes: Uint8Array) => void
}

export interface Talk {
  readonly verdict: OfferVerdict
  readonly end: Ended | undefined
  readonly misses: number
  readonly wants: number
  readonly literalBytes: number
  readonly opBytes: number
  readonly isUnchanged: boolean
}

/** Sends `path` of one side to the other, to the end. */
export async function talk(from: Side, path: string, to: Side, options: TalkOptions = {}): Promise<Talk> {
  const { handle: source, prepared } = await from.storage.prepareFile(path)
  const { placement, object } = options
  const place = { directory: to.directory, onConflict: 'fail' as const, mayShare: true, ...placement }
  const look = async (blob: Uint8Array | undefined) =>
    await to.storage.look(objectOf(prepared, { ...object, blob }), place)
  let looked = await look(prepared.blob)
  if (looked.verdict.kind === 'answer' && looked.verdict.state === 'name') {
    looked = await look(await from.storage.nameSource(source))
  }
  const { handle, verdict, isUnchanged } = looked
  const rounds = new Rounds(from, source, to, handle, options)
  const isOver = verdict.kind !== 'answer' || isUnchanged
  const end = isOver ? undefined : await rounds.run(verdict)
  if (!isOver) await from.storage.closeSource(source)
  return { verdict, end, isUnchanged, ...rounds.tally }
}

type Answered = Extract<OfferVerdict, { kind: 'answer' }>

/** All rounds of one object: from what was prepared to what was looked at. */
export class Rounds {
  readonly tally = { misses: 0, wants: 0, literalBytes: 0, opBytes: 0 }
  /** The last that was begun. */
  round: number
  readonly #from: Side
  readonly #source: number
  readonly #to: Side
  readonly #build: number
  readonly #options: TalkOptions
  #pieces = 0
  #literalEnd = 0
  #gathered: Uint8Array[] = []
  #slabs: { offset: number; bytes: Uint8Array }[] = []
  #ended!: (end: Ended | undefined) => void
  readonly #end = new Promise<Ended | undefined>(resolve => {
    this.#ended = resolve
  })

  /** @param roundsBefore of the same transfer */
  constructor(
    from: Side,
    source: number,
    to: Side,
    build: number,
    options: TalkOptions = {},
    roundsBefore = 0,
  ) {
    this.#from = from
    this.#source = source
    this.#to = to
    this.#build = build
    this.#options = options
    this.round = roundsBefore
  }

  /** @param plan what of a tree is wanted, besides what the answer says */
  async run(
    { state, held, candidates, codecs }: Answered,
    plan: Partial<SendPlan> = {},
  ): Promise<Ended | undefined> {
    this.#from.onSource = (_, event) => this.#onSource(event)
    this.#to.onBuild = (_, event) => this.#onBuild(event)
    await this.#from.storage.openSource(this.#source, {
      held,
      sources: candidates,
      codecs: (this.#options.compress ?? true) ? codecs : [],
      ...plan,
    })
    await this.#to.storage.startBuild(this.#build, this.round + 1)
    if (state !== 'whole') {
      this.round++
      await this.#from.storage.streamSource(this.#source)
    }
    const end = await this.#end
    await this.#to.storage.closeBuild(this.#build)
    return end
  }

  #onSource(event: SourceEvent): void {
    if (event.kind === 'failed') {
      // what was sent has come before the word is said
      this.#cut(true)
      void idle().then(() => this.#to.storage.failBuild(this.#build, 'SOURCE_CHANGED', event.error.message))
    } else if (event.kind === 'round_end') this.#endRound(event.end)
    else if (event.kind === 'piece') {
      const { ops, literals } = event.piece
      if (++this.#pieces === this.#options.stopAfterPieces) return this.#ended(undefined)
      void this.#to.storage.buildOps(this.#build, this.round, ops, false)
      for (const { bytes } of literals) {
        this.tally.literalBytes += bytes.length
        this.#gathered.push(bytes.slice())
      }
      this.#cut(false)
      const loans = literals.map(({ loan }) => loan)
      void this.#from.storage.creditSource(this.#source, loans, silent)
    }
  }

  #cut(isEnd: boolean): void {
    let bytes = concat(...this.#gathered)
    const slabBytes = this.#options.slabBytes ?? (() => 256 * 1024)
    for (let next = slabBytes(); bytes.length >= next || (isEnd && bytes.length > 0); next = slabBytes()) {
      const slab = bytes.slice(0, next)
      this.#options.onSlab?.(slab)
      this.#slabs.push({ offset: this.#literalEnd, bytes: slab })
      this.#literalEnd += slab.length
      bytes = bytes.subarray(slab.length)
    }
    this.#gathered = [bytes]
    const window = isEnd ? 0 : 4
    const pick = this.#options.pick ?? (() => 0)
    while (this.#slabs.length > window) {
      const [slab] = this.#slabs.splice(pick(this.#slabs.length), 1)
      if (!slab) return
      const { offset, bytes } = slab
      const buffer = shared(bytes)
      void this.#to.storage.buildSlab(this.#build, this.round, offset, buffer, bytes.length)
    }
  }

  #endRound(end: RoundEnd): void {
    this.#cut(true)
    void this.#to.storage.buildOps(this.#build, this.round, new Uint8Array(0), true)
    void this.#to.storage.buildEndLiterals(this.#build, this.round, end.literalBytes)
    void this.#to.storage.buildEnd(this.#build, end)
    this.tally.opBytes += end.opBytes
    this.#literalEnd = 0
  }

  #onBuild(event: BuildEvent): void {
    switch (event.kind) {
      case 'done':
      case 'failed':
        return this.#ended(event)
      case 'miss':
        this.tally.misses++
        this.round++
        void this.#from.storage.repairSource(this.#source, event.ranges)
        return
      case 'want':
        this.tally.wants++
        void this.#from.storage.sourceNodes(this.#source, event.level, event.indexes).then(found => {
          for (const nodes of found ?? []) void this.#to.storage.buildNodes(this.#build, nodes)
        })
    }
  }
}

/** Until all that is here has been played. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < idleTurns; turn++) await setImmediate()
}

const idleTurns = 200

/** Both whole and undamaged, as a person would ask. */
export async function isPoolClean(directory: string): Promise<boolean> {
  const pool = await Pool.open(directory)
  try {
    return (await pool.verify({ full: true })).isClean
  } finally {
    await pool.close()
  }
}
