// Fuzzers over what a transfer carries: recipes, manifests and the images they make, runs of entries, op blocks and the
// programs they are played as.

import { equal } from '../../src/base/bytes.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { Image } from '../../src/cut/manifest/image.ts'
import { pathBytesMax } from '../../src/cut/manifest/limits.ts'
import { Manifest, ManifestWriter, parseManifest } from '../../src/cut/manifest/manifest.ts'
import { decodeRuns, encodeRuns } from '../../src/cut/manifest/runs.ts'
import { decodeRecipe, PackedRecipe, rowBytes } from '../../src/cut/recipe.ts'
import { loadCodecs } from '../../src/host/codec.ts'
import { CandidateIndex } from '../../src/offset/candidates.ts'
import { OpDecoder } from '../../src/offset/decode.ts'
import { encodeOps } from '../../src/offset/encode.ts'
import { blockBytesMax, opsPerBlockMax, outputRangesMax, positionMax } from '../../src/offset/limits.ts'
import type { OpBlock } from '../../src/offset/ops.ts'
import { Player } from '../../src/offset/play.ts'
import { leadsOut } from '../../src/transfer/storage/tree/links.ts'
import { type Fuzzer, insist } from './fuzzer.ts'
import { seedsOf } from './seeds.ts'

const zstd = (await loadCodecs()).byId(1)
const programSeeds = seedsOf('ops')
/** The shortest entry: kind, depth, length, a name of one byte, mode, time. */
const entryBytesMin = 18
const objectBytes = 2 ** 20

function blocksOf(input: Uint8Array): OpBlock[] {
  const decoder = new OpDecoder(zstd)
  const blocks: OpBlock[] = []
  const cut = (input[0] ?? 0) % (input.length + 1)
  for (const part of [input.subarray(0, cut), input.subarray(cut)]) {
    decoder.push(part)
    for (let block = decoder.next(); block !== undefined; block = decoder.next()) {
      if (typeof block === 'string') return blocks
      blocks.push(block)
    }
  }
  insist(decoder.pendingBytes <= blockBytesMax + 8, 'more than a block waits')
  return blocks
}

export const contentFuzzers: readonly Fuzzer[] = [
  {
    name: 'recipes',
    share: 4,
    seeds: seedsOf('recipe'),
    run(input) {
      const rows = input.subarray(0, input.length - (input.length % rowBytes))
      const total = new PackedRecipe(rows).byteLength
      for (const size of [total, total + 1, input.length])
        for (const bytes of [rows, input]) {
          const recipe = decodeRecipe(bytes, size, chunking1)
          if (!(recipe instanceof PackedRecipe)) continue
          insist(recipe.byteLength === size, 'a recipe of another size')
          const index = new CandidateIndex([{ alias: 0, recipe }])
          for (let i = 0; i < recipe.chunkCount; i++) index.find(recipe.entry(i))
        }
    },
  },
  {
    name: 'manifests',
    share: 6,
    seeds: seedsOf('manifest'),
    run(input) {
      const manifest = parseManifest(input)
      if (!(manifest instanceof Manifest)) return
      insist(manifest.count * entryBytesMin <= input.length, 'more entries than fit')
      const writer = new ManifestWriter()
      for (let index = 0; index < manifest.count; index++) {
        const entry = manifest.entry(index)
        insist(writer.add(entry) === undefined, 'an entry that we would not write')
        insist(
          equal(manifest.name(index), entry.name) && manifest.depth(index) === entry.depth,
          'a name in part',
        )
        const path = manifest.path(index)
        insist(
          path.length <= pathBytesMax && !/(^|\/)\.{0,2}(\/|$)/.test(Buffer.from(path).toString('latin1')),
          'a path',
        )
        if (entry.kind === 'link') leadsOut(entry.depth, entry.text)
      }
      const image = new Image(manifest, [{ start: 0, end: manifest.count >> 1 }])
      for (const at of [0, image.sizeBytes - 1]) if (at >= 0 && at < image.sizeBytes) image.at(at)
      insist(image.sizeBytes <= positionMax, 'an image too large')
    },
  },
  {
    name: 'runs of entries',
    share: 3,
    seeds: seedsOf('messages', 'ops'),
    run(input) {
      const runs = decodeRuns(input, 2 ** 20)
      if (!runs) return
      insist(runs.length * 2 <= input.length, 'more runs than fit')
      const again = decodeRuns(encodeRuns(runs, input.length), 2 ** 20)
      insist(
        JSON.stringify(again) === JSON.stringify(runs),
        'runs that read otherwise than they were written',
      )
    },
  },
  {
    name: 'op blocks',
    share: 6,
    seeds: programSeeds,
    run(input) {
      for (const block of blocksOf(input)) {
        insist(block.length <= opsPerBlockMax, 'more ops than a block may have')
        for (const op of block)
          insist(op.length >= 1 && op.output + op.length <= positionMax, 'an op beyond every object')
        const decoder = new OpDecoder(zstd)
        for (const bytes of encodeOps(block)) decoder.push(bytes)
        const ops = []
        for (let next = decoder.next(); next && typeof next !== 'string'; next = decoder.next())
          ops.push(...next)
        insist(
          JSON.stringify(ops) === JSON.stringify(block),
          'ops that read otherwise than they were written',
        )
      }
    },
  },
  {
    name: 'programs',
    share: 4,
    seeds: programSeeds,
    run(input) {
      const player = new Player({
        objectBytes,
        grantBytes: objectBytes - 1,
        sources: new Map([
          [0, 5000],
          [1, objectBytes],
        ]),
        codecs: [0, 1],
        held: [{ start: 10, end: 20 }],
      })
      for (const block of blocksOf(input)) {
        if (player.play(block)) break
        for (const op of block) insist(op.output + op.length <= objectBytes, '§14.5-2: outside the object')
      }
      insist(
        player.grantLeftBytes >= 0 && player.missing().length <= outputRangesMax + 1,
        '§14.5-2: the grant',
      )
    },
  },
]
