// Arbitrary trees for tests: entries in the order of a manifest, each with its path, made from nested shapes.

import fc from 'fast-check'
import { toHex } from '../../src/base/bytes.ts'
import type { ManifestEntry } from '../../src/cut/manifest/entry.ts'
import { compareNames, type Manifest } from '../../src/cut/manifest/manifest.ts'

export interface Placed {
  readonly entry: ManifestEntry
  /** Hex of its names joined by `/`. */
  readonly path: string
  readonly parent: number
}

interface Shape {
  readonly name: Uint8Array
  readonly kind: 'directory' | 'file' | 'link' | 'name'
  readonly number: number
  readonly nanos: number
  readonly inside: readonly Shape[]
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 4 })
  .map(bytes => bytes.map(byte => (byte === 0 || byte === 0x2f || byte === 0x2e ? 0x5f : byte)))

const { shape } = fc.letrec<{ shape: Shape; shapes: Shape[] }>(tie => ({
  shape: fc.record({
    name,
    kind: fc.constantFrom('directory', 'file', 'link', 'name'),
    number: fc.oneof(fc.nat(100), fc.nat(2 ** 30)),
    nanos: fc.nat(999_999_999),
    inside: tie('shapes'),
  }),
  shapes: fc.oneof(
    { depthSize: 'small' },
    fc.constant<Shape[]>([]),
    fc.array(tie('shape'), { maxLength: 4 }),
  ),
}))

export const anyTree: fc.Arbitrary<Placed[]> = fc.array(shape, { minLength: 1, maxLength: 5 }).map(tops => {
  const placed: Placed[] = []
  place(tops, 0, '', -1, placed)
  return placed
})

function place(
  shapes: readonly Shape[],
  depth: number,
  before: string,
  parent: number,
  into: Placed[],
): void {
  const sorted = [...shapes].sort((a, b) => compareNames(a.name, b.name))
  const unique = sorted.filter((one, i) => i === 0 || compareNames(one.name, sorted[i - 1]!.name) !== 0)
  for (const { name, kind, number, nanos, inside } of unique) {
    const owner = number % 3 === 0 ? { user: number, group: nanos } : undefined
    const common = { depth, name, mode: number & 0o7777, time: { seconds: number - 2 ** 29, nanos }, owner }
    const path = before + toHex(name)
    const first = into.findIndex(({ entry }) => entry.kind === 'file')
    const index = into.length
    if (kind === 'directory') {
      into.push({ entry: { ...common, kind }, path, parent })
      place(inside, depth + 1, `${path}2f`, index, into)
    } else if (kind === 'link') into.push({ entry: { ...common, kind, text: name }, path, parent })
    else if (kind === 'name' && first >= 0) into.push({ entry: { ...common, kind, first }, path, parent })
    else {
      const holes = number > 10 && number % 2 === 0 ? [{ start: 3, end: number }] : undefined
      into.push({ entry: { ...common, kind: 'file', sizeBytes: number, holes }, path, parent })
    }
  }
}

export const entriesOf = (manifest: Manifest): ManifestEntry[] =>
  Array.from({ length: manifest.count }, (_, index) => manifest.entry(index))
