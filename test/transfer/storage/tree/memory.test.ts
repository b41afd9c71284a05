// What is remembered of a top is recalled to the bit, or not at all: a file that makes no sense is none.

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RememberedTop, TreeMemory } from '../../../../src/transfer/storage/tree/memory.ts'
import { randomBytes, scratch } from '../../../pool/scratch.ts'

const path = Buffer.from([0x2f, 0x61, 0xff, 0xfe])
const top: RememberedTop = {
  manifest: randomBytes(32, 1),
  image: randomBytes(32, 2),
  name: Uint8Array.of(0xff, 0x61),
  takenAtNanos: 1_700_000_000_123_456_789n,
  marks: BigUint64Array.of(1n, 2n ** 63n, 2n ** 64n - 1n, 4n, 5n, 6n),
}

const plain = (found: RememberedTop | undefined) =>
  found && {
    ...found,
    ...{
      manifest: [...found.manifest],
      image: [...found.image],
      name: [...found.name],
      marks: [...found.marks],
    },
  }

function made() {
  const directory = scratch(true)
  const memory = new TreeMemory(directory)
  memory.remember(path, top)
  const [name = ''] = readdirSync(join(directory, 'trees'))
  return { directory, memory, file: join(directory, 'trees', name) }
}

test('each path has its own, and the last word on it', () => {
  const { directory, memory } = made()
  expect(plain(memory.recall(path))).toEqual(plain(top))
  expect(memory.recall(Buffer.from('/a'))).toBeUndefined()
  const later = { ...top, marks: new BigUint64Array(0), takenAtNanos: -5n }
  memory.remember(path, later)
  memory.remember(Buffer.from('/a'), top)
  expect(plain(new TreeMemory(directory).recall(path))).toEqual(plain(later))
  expect(readdirSync(join(directory, 'trees'))).toHaveLength(2)
})

test('a view of longer marks is remembered as what it shows', () => {
  const { memory } = made()
  const all = new BigUint64Array(30).fill(7n)
  all[6] = 1n
  memory.remember(path, { ...top, marks: all.subarray(6, 9) })
  expect([...(memory.recall(path)?.marks ?? [])]).toEqual([1n, 7n, 7n])
})

test('what is torn, foreign or of another version is not remembered', () => {
  const { memory, file } = made()
  const bytes = readFileSync(file)
  const text = bytes.toString('latin1')
  const spoilt: readonly string[] = [
    '',
    text.slice(0, 20),
    text.slice(0, -1),
    `${text}x`,
    text.replace('"version":1', '"version":2'),
    text.replace('"count":2', '"count":-2'),
    text.replace('"count":2', '"count":2.5'),
    text.replace(/"takenAt":"\d+"/, '"takenAt":"soon"'),
    text.replace(/"manifest":"..../, '"manifest":"zz'),
    text.replace('{', '['),
  ]
  for (const one of spoilt) {
    writeFileSync(file, one, 'latin1')
    expect(memory.recall(path), one.slice(0, 60)).toBeUndefined()
  }
  writeFileSync(file, bytes)
  expect(memory.recall(path)).toBeDefined()
  truncateSync(file, bytes.length - 24)
  expect(memory.recall(path)).toBeUndefined()
})
