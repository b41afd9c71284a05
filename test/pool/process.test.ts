// Several processes on one pool, and processes that are killed. Runs what is built: dist must be there.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { equal, fromHex } from '../../src/base/bytes.ts'
import { Prng } from '../../src/base/prng.ts'
import { MiB } from '../../src/base/units.ts'
import { Pool } from '../../src/pool/pool.ts'
import { randomFile, scratch } from './scratch.ts'

const importer = join(import.meta.dirname, '..', '..', 'dist', 'test', 'pool', 'importer.js')
const options = { quotaBytes: 8192 * MiB, learn: 'copy' } as const

interface Run {
  readonly child: ChildProcess
  /** Blob ids acknowledged, in hex. */
  readonly lines: string[]
  readonly ended: Promise<number | null>
}

function run(directory: string, files: readonly string[], onLine: (count: number) => void = () => {}): Run {
  const child = spawn(process.execPath, [importer, directory, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let rest = ''
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    onLine(lines.length)
  })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  return { child, lines, ended }
}

async function expectWhole(pool: Pool, blobs: ReadonlyMap<string, string>): Promise<void> {
  expect(await pool.verify({ full: true })).toMatchObject({ isClean: true })
  for (const [id, file] of blobs) {
    const reader = pool.openBlob(fromHex(id)!)
    const bytes = new Uint8Array(reader?.sizeBytes ?? 0)
    expect(reader?.read(0, bytes)).toBe(bytes.length)
    expect(equal(bytes, readFileSync(file))).toBe(true)
  }
}

test('three importers at once all succeed, share what they have in common, and leave a clean pool', async () => {
  const directory = join(scratch(), 'pool')
  await (await Pool.create(directory, options)).close()
  const source = scratch()
  const files = Array.from({ length: 9 }, (_, i) => randomFile(source, `f${i}`, 2 * MiB + i, 1 + (i % 6)))
  const runs = [files.slice(0, 5), files.slice(2, 7), files.slice(4)].map(some => run(directory, some))
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0, 0])
  const ids = new Set(runs.flatMap(({ lines }) => lines.slice(1)))
  expect(ids.size).toBe(9)
  const pool = await Pool.open(directory)
  expect(await pool.verify({ full: true })).toMatchObject({ isClean: true, blobs: 9, incompleteBlobs: 0 })
  // six contents; at worst each process stored what it imported
  expect(pool.stats().uniqueBytes).toBeLessThan(15 * 2.1 * MiB)
  await pool.close()
})

test('killed at random moments, the pool opens clean and holds all that was acknowledged', async () => {
  const directory = join(scratch(), 'pool')
  await (await Pool.create(directory, options)).close()
  const source = scratch()
  const chance = new Prng(42)
  const acknowledged = new Map<string, string>()
  const notices: string[] = []
  let killedAmid = 0
  for (let round = 0; round < 8; round++) {
    const files = Array.from({ length: 6 }, (_, i) =>
      randomFile(source, `r${round}f${i}`, 4 * MiB + i, 1000 + round * 10 + i),
    )
    // amid some file's import: after so many acknowledgements and a little
    const afterLines = 1 + chance.below(files.length)
    const delayMillis = chance.below(25)
    let isArmed = false
    const { child, lines, ended } = run(directory, files, count => {
      if (isArmed || count < afterLines) return
      isArmed = true
      setTimeout(() => child.kill('SIGKILL'), delayMillis)
    })
    await ended
    const blobs = lines.slice(1)
    if (blobs.length < files.length) killedAmid++
    for (const [i, id] of blobs.entries()) acknowledged.set(id, files[i]!)
    const pool = await Pool.open(directory, { onNotice: sentence => notices.push(sentence) })
    for (const id of acknowledged.keys()) expect(pool.has(fromHex(id)!)).toBe(true)
    expect(await pool.verify({ full: false })).toMatchObject({ isClean: true })
    await pool.close()
  }
  expect(killedAmid).toBeGreaterThan(3)
  expect(notices.length).toBeGreaterThan(3)
  expect(new Set(notices)).toEqual(new Set(['recovered the segment of a process that was killed']))
  const pool = await Pool.open(directory)
  await expectWhole(pool, acknowledged)
  await pool.repair()
  await expectWhole(pool, acknowledged)
  await pool.close()
})

test('while one process writes, another opens, recovers nothing of it, verifies and repairs', async () => {
  const directory = join(scratch(), 'pool')
  await (await Pool.create(directory, options)).close()
  const source = scratch()
  const files = Array.from({ length: 12 }, (_, i) => randomFile(source, `f${i}`, 3 * MiB, 500 + i))
  const writer = run(directory, files)
  for (let round = 0; round < 4; round++) {
    const pool = await Pool.open(directory)
    expect(await pool.verify({ full: false })).toMatchObject({ isClean: true })
    if (round === 2) await pool.repair()
    await pool.close()
  }
  expect(await writer.ended).toBe(0)
  const pool = await Pool.open(directory)
  await expectWhole(pool, new Map(writer.lines.slice(1).map((id, i) => [id, files[i]!])))
  await pool.close()
})
