// Programs of an accepted sender that break a rule, played by the real storage side into a real part file: each ends with its
// code, nothing is put in place, and nothing beside the target is touched. corpus/programs.json

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chunking1 } from '../../src/cut/limits.ts'
import { blobType } from '../../src/cut/tree.ts'
import type { BuildEvent, OfferedObject } from '../../src/transfer/storage/events.ts'
import { idOf, seedKeys } from '../support/named_blobs.ts'
import { shared } from '../support/shared.ts'
import { makeSide, peer, type Side } from '../transfer/conversation.ts'
import { type Bytes, bytesOf, type Case, casesOf } from './corpus.ts'
import { Sentinel } from './sentinel.ts'

interface ProgramCase extends Case {
  readonly ops: Bytes
  readonly literals?: Bytes
  /** Where END differs from what was offered. */
  readonly end?: { readonly size?: number; readonly blob?: string }
  readonly nodes?: boolean
  readonly expect: string
}

const size = 1000
const blob = idOf(blobType.file, new Uint8Array(size).fill(1))
const object: OfferedObject = {
  transfer: new Uint8Array(16).fill(1),
  peer,
  isFile: true,
  name: 'f',
  size,
  mode: 0o644,
  mtimeNanos: 0n,
  poolId: seedKeys.poolId,
  chunking: chunking1.id,
  blob,
  candidates: [],
}

async function played(
  side: Side,
  { ops, literals = '', end = {}, nodes = false }: ProgramCase,
): Promise<string> {
  const { storage, directory } = side
  const { handle } = await storage.look(object, { directory, onConflict: 'fail', mayShare: true })
  const ended = new Promise<string>(resolve => {
    side.onBuild = (_, event: BuildEvent) => {
      if (event.kind === 'failed') resolve(event.wire)
      else if (event.kind === 'done' || event.kind === 'miss') resolve(event.kind)
    }
  })
  await storage.startBuild(handle)
  const opBytes = bytesOf(ops)
  const bytes = bytesOf(literals)
  if (nodes)
    await storage.buildNodes(handle, { level: 0, index: 0, nodes: [{ byteLength: size, hash: blob }] })
  await storage.buildOps(handle, 1, opBytes, true)
  if (bytes.length > 0) await storage.buildSlab(handle, 1, 0, shared(bytes), bytes.length)
  await storage.buildEndLiterals(handle, 1, bytes.length)
  const said = end.blob === undefined ? blob : new Uint8Array(32).fill(Number(end.blob))
  const lengths = { opBytes: opBytes.length, literalBytes: bytes.length }
  await storage.buildEnd(handle, { blob: said, size: end.size ?? size, ...lengths })
  const outcome = await ended
  await storage.closeBuild(handle)
  return outcome
}

for (const one of casesOf<ProgramCase>('programs'))
  test(`${one.name}: ${one.why}`, async () => {
    const side = await makeSide()
    const sentinel = new Sentinel(side.directory)
    expect(await played(side, one)).toBe(one.expect)
    expect(readdirSync(side.directory).filter(name => !name.endsWith('.pfs-part'))).toEqual([])
    sentinel.isUntouched()
  })
