// Manifests: the golden vectors, what is written reads the same, whatever is read never throws, and images find their files.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { must } from '../../src/base/assert.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import type { ManifestEntry } from '../../src/cut/manifest/entry.ts'
import { Image } from '../../src/cut/manifest/image.ts'
import { compareNames, Manifest, ManifestWriter, parseManifest } from '../../src/cut/manifest/manifest.ts'
import { readVectors, type Vector } from '../wire/read_vectors.ts'
import { anyTree, entriesOf } from './trees.ts'

const bytesOf = (hex = ''): Uint8Array => must(fromHex(hex), 'hex')

function plain(entry: ManifestEntry): unknown {
  const { depth, mode, time, owner } = entry
  const common = { kind: entry.kind, depth, name: toHex(entry.name), mode, ...time, ...owner }
  switch (entry.kind) {
    case 'directory':
      return common
    case 'file': {
      const holes = entry.holes?.map(({ start, end }) => [start, end])
      return { ...common, sizeBytes: entry.sizeBytes, ...(holes ? { holes } : {}) }
    }
    case 'link':
      return { ...common, text: toHex(entry.text) }
    case 'name':
      return { ...common, first: entry.first }
  }
}

describe('vectors (§13.6-1, §13.6-2)', () => {
  for (const vector of readVectors('manifest') as (Vector & { entries?: unknown[] })[]) {
    test(`${vector.name}: ${vector.why}`, () => {
      const bytes = bytesOf(vector.bytes)
      const manifest = parseManifest(bytes)
      if (vector.expect !== 'ok') {
        expect(manifest).toBe(vector.expect)
        return
      }
      if (!(manifest instanceof Manifest)) throw new Error(manifest)
      if (vector.entries) expect(entriesOf(manifest).map(plain)).toEqual(vector.entries)
      const writer = new ManifestWriter()
      for (const entry of entriesOf(manifest)) expect(writer.add(entry)).toBeUndefined()
      expect(toHex(writer.finish().bytes)).toBe(vector.bytes)
    })
  }
})

test('what is written reads the same, and paths are the names on the way', () => {
  fc.assert(
    fc.property(anyTree, tree => {
      const writer = new ManifestWriter()
      for (const { entry } of tree) expect(writer.add(entry)).toBeUndefined()
      const manifest = parseManifest(writer.finish().bytes.slice())
      if (!(manifest instanceof Manifest)) throw new Error(manifest)
      expect(entriesOf(manifest).map(plain)).toEqual(tree.map(({ entry }) => plain(entry)))
      for (const [index, { path, parent }] of tree.entries()) {
        expect(toHex(manifest.path(index))).toBe(path)
        expect(manifest.parent(index)).toBe(parent)
      }
      expect(manifest.imageBytes).toBe(
        tree.reduce((sum, { entry }) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0),
      )
    }),
    { numRuns: 300 },
  )
})

test('whatever the bytes, reading them neither throws nor makes more of them than they are', () => {
  const seeds = readVectors('manifest').map(({ bytes }) => bytesOf(bytes))
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 6 }),
      fc.nat(5000),
      (seed, edits, cut) => {
        const bytes = seed.slice(0, cut > 2500 ? undefined : cut)
        for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte
        const manifest = parseManifest(bytes)
        if (!(manifest instanceof Manifest)) return
        expect(manifest.count).toBeLessThanOrEqual(bytes.length / 18)
        const paths = Array.from({ length: manifest.count }, (_, index) => toHex(manifest.path(index)))
        expect(new Set(paths).size).toBe(paths.length)
        expect(paths.every(path => path.length <= 2 * 4095)).toBe(true)
      },
    ),
    { numRuns: 5000 },
  )
})

test('a million entries cost some bytes each', () => {
  const writer = new ManifestWriter()
  const time = { seconds: 1_700_000_000, nanos: 1 }
  const encoder = new TextEncoder()
  for (let i = 0; i < 1_000_000; i++) {
    const name = encoder.encode(String(i).padStart(7, '0'))
    const fault = writer.add({
      kind: 'file',
      depth: 0,
      name,
      mode: 0o644,
      time,
      owner: undefined,
      sizeBytes: i,
      holes: undefined,
    })
    if (fault) throw new Error(fault)
  }
  const { bytes } = writer.finish()
  const before = process.memoryUsage()
  const manifest = parseManifest(bytes)
  if (!(manifest instanceof Manifest)) throw new Error(manifest)
  const { external, arrayBuffers } = process.memoryUsage()
  expect(external + arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(100 * 1024 * 1024)
  expect(manifest.count).toBe(1_000_000)
  expect(new TextDecoder().decode(manifest.path(999_999))).toBe('0999999')
})

describe('an image (§13.6-3, §15.3-10)', () => {
  test('has the wanted files one after another, and finds each byte in one of them', () => {
    fc.assert(
      fc.property(anyTree, fc.array(fc.nat(30), { maxLength: 6 }), (tree, edges) => {
        const writer = new ManifestWriter()
        for (const { entry } of tree) writer.add(entry)
        const manifest = writer.finish()
        const sorted = [...new Set(edges)].sort((a, b) => a - b)
        const unwanted = []
        for (let i = 0; i + 1 < sorted.length; i += 2)
          unwanted.push({ start: sorted[i]!, end: sorted[i + 1]! })
        const image = new Image(manifest, unwanted)
        let at = 0
        for (const [index, { entry }] of tree.entries()) {
          const isWanted = !unwanted.some(({ start, end }) => start <= index && index < end)
          expect(image.isWanted(index)).toBe(isWanted)
          expect(image.start(index)).toBe(at)
          if (entry.kind === 'file' && isWanted) at += entry.sizeBytes
          expect(image.end(index)).toBe(at)
        }
        expect(image.sizeBytes).toBe(at)
        const whole = [...image.parts(0, at)]
        expect(whole.reduce((sum, { length }) => sum + length, 0)).toBe(at)
        for (const { index, offset, position, length } of whole) {
          expect(offset).toBe(0)
          expect(position).toBe(image.start(index))
          expect(image.at(position)).toBe(index)
          expect(image.at(position + length - 1)).toBe(index)
        }
        for (const [from, to] of [
          [1, at - 1],
          [at >> 1, at],
        ] as const)
          if (from < to && from >= 0)
            expect([...image.parts(from, to)].reduce((sum, { length }) => sum + length, 0)).toBe(to - from)
      }),
      { numRuns: 300 },
    )
  })
})

test('names are compared by bytes, and what begins with another comes behind it', () => {
  const names = ['61', '6120', '612f', '6161', '62', '7f', 'c3a9', 'ff'].map(bytesOf)
  for (const [i, a] of names.entries())
    for (const [j, b] of names.entries()) expect(Math.sign(compareNames(a, b))).toBe(Math.sign(i - j))
})
