// What nobody on the way may read: a file made to be recognised (a marker in every block, a name that exists nowhere
// else) and everything that names it or its owners: chunk ids, blob id, pool id, static keys. Finds them in what was
// captured.

import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../src/base/assert.ts'
import { fromHex } from '../src/base/bytes.ts'
import { chunking1 } from '../src/cut/limits.ts'
import { createCutting } from '../src/host/cut.ts'
import { createHashes } from '../src/host/hash.ts'
import { createPrimitives } from '../src/host/primitives.ts'
import { loadIdentity } from '../src/pool/identity.ts'
import { FileScanner } from '../src/pool/scan.ts'

export interface Secret {
  readonly what: string
  readonly bytes: Uint8Array
}

const blockBytes = 4096
/** Ids are looked for by their first bytes: so short ids are found too, and chance has one in 2^64 a place. */
const idBytes = 8

/** Marked blocks: random bytes (travel as they are), text that compresses well, or zeros (travel as no bytes at all). */
export const contents = ['random', 'text', 'sparse'] as const
export type Content = (typeof contents)[number]

/** Writes a file into `folder` that has a marker in each of its blocks. Its name and marker are new. */
export function makeMarkedFile(
  folder: string,
  content: Content,
  blocks: number,
): { path: string; secrets: Secret[] } {
  const marker = Buffer.from(`marker-${randomBytes(12).toString('hex')}`)
  const name = `name-${randomBytes(12).toString('hex')}.${content}`
  const fillers = {
    random: () => randomBytes(blockBytes),
    text: () => Buffer.alloc(blockBytes, 'the same words again and again, '),
    sparse: () => Buffer.alloc(blockBytes),
  }
  const bytes = Buffer.concat(
    Array.from({ length: blocks }, (_, i) => {
      const block = fillers[content]()
      // anywhere in the block, so that not every one straddles two packets; among zeros only now and then
      if (content !== 'sparse' || i % 64 === 0) marker.copy(block, (i * 997) % (blockBytes - marker.length))
      return block
    }),
  )
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return {
    path,
    secrets: [
      { what: `the marker in the ${content} file`, bytes: marker },
      { what: `the name of the ${content} file`, bytes: Buffer.from(name) },
    ],
  }
}

/** Every id of the file under the seed of the pool at `poolFolder`. @param blobId as the command printed it */
export async function idsOf(path: string, poolFolder: string, blobId: string): Promise<Secret[]> {
  const { keys, identity } = loadIdentity(poolFolder)
  const fd = openSync(path, 'r')
  const ids: Uint8Array[] = []
  try {
    const limit = fstatSync(fd).size
    const scanner = new FileScanner(createCutting(keys, await createHashes(keys), chunking1), {
      fd,
      limit,
      isFinal: true,
    })
    while (scanner.step(limit, (_offset, _length, id) => ids.push(id.slice())) === 'more');
  } finally {
    closeSync(fd)
  }
  return [
    ...ids.map((id, i) => ({ what: `chunk id ${i}`, bytes: id.subarray(0, idBytes) })),
    { what: 'the blob id', bytes: must(fromHex(blobId), 'a blob id').subarray(0, idBytes) },
    { what: 'the blob id in hex', bytes: Buffer.from(blobId.slice(0, 2 * idBytes)) },
    { what: 'the pool id', bytes: identity.poolId.subarray(0, idBytes) },
  ]
}

/** The static keys of the user at `home`. */
export async function keysOf(who: string, home: string): Promise<Secret[]> {
  const secretKey = must(fromHex(readFileSync(join(home, 'config', 'identity.key'), 'utf8').trim()), 'a key')
  const { publicKey } = (await createPrimitives()).generateKeyPair(secretKey)
  return [
    { what: `the secret key of the ${who}`, bytes: secretKey },
    { what: `the static key of the ${who}`, bytes: publicKey },
  ]
}

/** Which of them can be read in any of the packets. */
export function findSecrets(packets: readonly Buffer[], secrets: readonly Secret[]): string[] {
  // what stands between keeps a secret from being found across two packets, half in each
  const all = Buffer.concat(packets.flatMap(packet => [packet, between]))
  return secrets.filter(({ bytes }) => all.indexOf(bytes) >= 0).map(({ what }) => what)
}

const between = Buffer.alloc(16, 0xa5)
