// Trees that want out, or want too much, each received by the real storage side into a real directory with something beside
// it that nobody may touch. PROTOCOL.md §13.6-1, §13.6-4; corpus/trees.json

import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failedMax } from '../../src/wire/limits.ts'
import { type ManifestPlan, makeManifest, type PlannedEntry } from '../support/made_manifest.ts'
import { makeSide, type Side } from '../transfer/conversation.ts'
import { type Bytes, bytesOf, type Case, casesOf } from './corpus.ts'
import { Sentinel } from './sentinel.ts'
import { type Received, receive } from './tree_offer.ts'

interface TreeCase extends Case {
  /** The manifest: entry by entry, as a plan, or as bytes. */
  readonly entries?: readonly PlannedEntry[]
  readonly plan?: ManifestPlan
  readonly bytes?: Bytes
  /** What is said of the image's size, where it is not what the files add up to. */
  readonly size?: number
  /** What stands at the target before: a link's text, a file's content, or null for a directory. */
  readonly standing?: Readonly<Record<string, { readonly link: string } | { readonly file: string } | null>>
  readonly onConflict?: 'fail' | 'overwrite' | 'skip' | 'rename' | 'newer'
  readonly expect: {
    /** The list is refused, with the rule it breaks. */
    readonly fault?: string
    /** The offer is. */
    readonly refused?: string
    /** Names below the target in the end, as `find` has them; directories with a slash behind. */
    readonly placed?: readonly string[]
    /** Entries that failed: their paths and codes. */
    readonly failed?: Readonly<Record<string, string>>
    readonly failures?: number
    /** The permissions of a path. */
    readonly modes?: Readonly<Record<string, string>>
  }
}

function manifestOf({ entries, plan, bytes }: TreeCase): Uint8Array {
  if (bytes !== undefined) return bytesOf(bytes)
  return makeManifest(plan ?? { kind: 'entries', entries: entries ?? [] })
}

/** What the sender has of the planned files: a byte again and again. */
const filesOf = ({ entries = [], size }: TreeCase): Uint8Array[] =>
  size === undefined
    ? entries
        .filter(({ kind }) => kind === 'file')
        .map(({ sizeBytes = 0 }) => new Uint8Array(sizeBytes).fill(0x78))
    : []

function prepare({ directory }: Side, { standing = {} }: TreeCase): void {
  for (const [name, what] of Object.entries(standing)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    if (what === null) mkdirSync(path, { recursive: true })
    else if ('link' in what) symlinkSync(what.link, path)
    else writeFileSync(path, what.file)
  }
}

/** latin-1, as the corpus spells names. */
function* find(path: Buffer, prefix = ''): Generator<string> {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    const name = prefix + entry.name.toString('latin1')
    yield entry.isDirectory() ? `${name}/` : name
    if (entry.isDirectory()) yield* find(Buffer.concat([path, Buffer.from('/'), entry.name]), `${name}/`)
  }
}

function outcomeOf(received: Received): unknown {
  if (received.kind === 'refused') return { refused: received.code }
  if (received.kind !== 'done') return received
  const { failed = [], failureCount = 0 } = received.stats
  expect(failed.length).toBe(Math.min(failureCount, failedMax))
  return {
    failures: failureCount,
    failed: Object.fromEntries(failed.map(({ path, error }) => [path, error.code])),
  }
}

describe('a tree', () => {
  for (const one of casesOf<TreeCase>('trees')) {
    test(`${one.name}: ${one.why}`, async () => {
      const side = await makeSide()
      const sentinel = new Sentinel(side.directory)
      prepare(side, one)
      const { size, onConflict = 'overwrite' } = one
      const offer = {
        manifest: manifestOf(one),
        files: filesOf(one),
        ...(size === undefined ? {} : { size }),
      }
      const received = await receive(side, offer, { onConflict })
      sentinel.isUntouched()
      const { fault, refused, placed, failed = {}, failures, modes = {} } = one.expect
      const left = [...find(Buffer.from(side.directory))].sort()
      if (fault !== undefined) {
        expect(received).toMatchObject({ kind: 'failed', wire: 'MESSAGE_ERROR' })
        expect('why' in received && received.why).toContain(`(${fault})`)
        expect(left).toEqual([])
        expect(readdirSync(side.jobs)).toEqual([])
        return
      }
      if (refused !== undefined) expect(outcomeOf(received)).toEqual({ refused })
      else if (failures !== undefined) expect(outcomeOf(received)).toMatchObject({ failures })
      else expect(outcomeOf(received)).toEqual({ failures: Object.keys(failed).length, failed })
      if (placed) expect(left).toEqual([...placed].sort())
      for (const [path, mode] of Object.entries(modes))
        expect((statSync(join(side.directory, path)).mode & 0o7777).toString(8)).toBe(mode)
    })
  }
})
