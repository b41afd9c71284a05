// Amounts of an image as numbers of files, against counting them one by one. PROTOCOL.md §13.6-3

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RangeSet } from '../../src/base/ranges.ts'
import { fileEnds, filesUpTo, filesWithin } from '../../src/cut/manifest/file_ends.ts'
import { Image } from '../../src/cut/manifest/image.ts'
import { ManifestWriter } from '../../src/cut/manifest/manifest.ts'
import { anyTree } from './trees.ts'

test('of any tree, whatever of it is wanted and held', () => {
  const edges = fc.array(fc.nat(100), { maxLength: 12 })
  fc.assert(
    fc.property(anyTree, fc.nat(30), fc.nat(8), edges, (tree, from, count, cuts) => {
      const writer = new ManifestWriter()
      for (const { entry } of tree) writer.add(entry)
      const image = new Image(writer.finish(), count > 0 ? [{ start: from, end: from + count }] : [])
      const files = tree.flatMap(({ entry }, index) =>
        entry.kind === 'file' && image.isWanted(index) ? [index] : [],
      )
      const ends = fileEnds(image)
      expect([...ends]).toEqual(files.map(index => image.end(index)))
      const held = new RangeSet()
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        const [a, b] = [cuts[i]!, cuts[i + 1]!].map(part => Math.floor((part * image.sizeBytes) / 100))
        held.add(Math.min(a!, b!), Math.max(a!, b!))
      }
      const within = (index: number): boolean =>
        [...held].some(({ start, end }) => start <= image.start(index) && image.end(index) <= end)
      expect(filesWithin(ends, held)).toBe(files.filter(within).length)
      for (const position of [0, Math.floor(image.sizeBytes / 3), image.sizeBytes])
        expect(filesUpTo(ends, position)).toBe(files.filter(index => image.end(index) <= position).length)
    }),
  )
})
