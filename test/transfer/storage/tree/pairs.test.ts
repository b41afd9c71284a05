// Entries of two manifests with one path, found in one walk over both: as a search for each would find them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Manifest, ManifestWriter } from '../../../../src/cut/manifest/manifest.ts'
import { difference } from '../../../../src/transfer/storage/tree/list_source.ts'
import { pairs, stretchOf, wholeOf } from '../../../../src/transfer/storage/tree/pairs.ts'
import { anyTree, type Placed } from '../../../cut/trees.ts'
import { manifestOf } from './world.ts'

function written(placed: readonly Placed[]): Manifest {
  const writer = new ManifestWriter()
  for (const { entry } of placed) writer.add(entry)
  return writer.finish()
}

/** Nearly the same: some entries are left out, with all below them. */
const twoTrees = fc
  .tuple(anyTree, anyTree, fc.array(fc.nat(), { maxLength: 4 }))
  .map(([tree, other, out]) => {
    const gone = new Set(out.map(n => tree[n % tree.length]?.path))
    const rest = tree.filter(({ path }) => ![...gone].some(g => path === g || path.startsWith(`${g}2f`)))
    // further names count entries: none where some are gone
    const isPlain = rest.every(({ entry }) => entry.kind !== 'name')
    return [tree, isPlain && rest.length > 0 ? rest : other] as const
  })

test('every path that both have is a pair, and nothing else', () => {
  fc.assert(
    fc.property(twoTrees, ([a, b]) => {
      const found = [...pairs(wholeOf(written(a)), wholeOf(written(b)))]
      const expected = a.flatMap(({ path }, mine) => {
        const theirs = b.findIndex(other => other.path === path)
        return theirs < 0 ? [] : [[mine, theirs]]
      })
      expect(found).toEqual(expected)
    }),
  )
})

test('a manifest is made again from copies of another and what is new', () => {
  fc.assert(
    fc.property(twoTrees, ([a, b]) => {
      const [manifest, old] = [written(a), written(b)]
      const made = new Uint8Array(manifest.bytes.length)
      let at = 0
      for (const step of difference(manifest, old, 3)) {
        expect(step.output).toBe(at)
        at += step.length
        if (step.kind === 'copy') {
          expect(step.source).toBe(3)
          made.set(old.bytes.subarray(step.offset, step.offset + step.length), step.output)
        } else made.set(manifest.bytes.subarray(step.output, at), step.output)
      }
      expect(at).toBe(made.length)
      expect(made).toEqual(new Uint8Array(manifest.bytes))
    }),
  )
})

test('tops are compared by what lies in them, whatever they are called', () => {
  const a = manifestOf({ 'old/a': 'x', 'old/b/c': 'x', 'old/d': 'x' }).manifest
  const b = manifestOf({ 'x/y': 'x', 'z/a': 'x', 'z/b/c': 'x' }).manifest
  const [x, z] = [stretchOf(b, 0), stretchOf(b, stretchOf(b, 0).end)]
  expect([x.end, z.start, z.end]).toEqual([2, 2, 6])
  // the top itself has another name; what is below it has its own
  expect([...pairs(stretchOf(a, 0), z)]).toEqual([])
  const same = manifestOf({ 'old/a': 'x', 'old/b/c': 'x' }).manifest
  expect([...pairs(stretchOf(a, 0), stretchOf(same, 0))].length).toBe(4)
})
