// Small files by the hundred: files a second that the twins of host/many.ts and host/confined.ts write, list, read and remove,
// beside node:fs in a loop that looks at nothing and confines nothing. Rounds alternating, the median of each; what was read
// is compared. On a disk the file system's search for room decides, and with it whoever comes first: --tmpfs compares us.
//
//   node dist/bench/cases/small_files.js [--files 10000] [--kib 4] [--rounds 5] [--tmpfs]

import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { native } from '../../src/host/addon.ts'
import { openConfined } from '../../src/host/confined.ts'
import { many, type ReadOutcome } from '../../src/host/many.ts'
import { makeScratch, randomBlocks } from '../files.ts'
import { conclude, printTable } from '../report.ts'
import { median } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    kib: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    tmpfs: { type: 'boolean', default: false },
  },
})
const fileCount = Number(flags.files)
const fileBytes = Number(flags.kib) * 1024
const directoryFiles = 100
const batchFiles = 1000

const directoryCount = Math.ceil(fileCount / directoryFiles)
const directories = Array.from({ length: directoryCount }, (_, i) => `d${i}`)
const paths = Array.from({ length: fileCount }, (_, i) => `d${Math.floor(i / directoryFiles)}/file-${i}`)
const next = randomBlocks(1)
const blocks = Array.from({ length: Math.ceil((batchFiles * fileBytes) / 2 ** 20) }, () =>
  Buffer.from(next()),
)
const content = Buffer.concat(blocks).subarray(0, batchFiles * fileBytes)

/** Does one thing to all files below a folder; `read` says whether all came as they were written. */
interface Way {
  write(folder: string): Promise<void> | void
  list(folder: string): number
  read(folder: string): Promise<boolean> | boolean
  remove(folder: string): void
}

interface Batch {
  readonly names: readonly Uint8Array[]
  readonly offsets: Float64Array
  readonly lengths: Float64Array
}

const starts = Array.from({ length: Math.ceil(fileCount / batchFiles) }, (_, i) => i * batchFiles)

function batchAt(start: number, prefix = ''): Batch {
  const names = paths.slice(start, start + batchFiles).map(path => Buffer.from(prefix + path))
  return {
    names,
    offsets: Float64Array.from(names, (_, i) => i * fileBytes),
    lengths: Float64Array.from(names, () => fileBytes),
  }
}

const areRead = (outcomes: readonly ReadOutcome[]): boolean => outcomes.every(({ kind }) => kind === 'read')

function twin(loaded: unknown, isAsync: boolean): Way {
  const files = many(loaded)
  return {
    async write(folder) {
      const at = openConfined(folder, loaded)
      for (const directory of directories) at.makeDirectory(Buffer.from(directory), 0o755)
      for (const start of starts) {
        const { names, offsets, lengths } = batchAt(start)
        const modes = new Uint32Array(names.length).fill(0o644)
        const mtimesNanos = names.map(() => 1_600_000_000_000_000_000n)
        const batch = { paths: names, offsets, lengths, modes, mtimesNanos }
        const faults = isAsync ? await files.writeAsync(at, batch, content) : files.write(at, batch, content)
        if (faults.size > 0) throw new Error(`not written: ${[...faults.values()][0]}`)
      }
      at.close()
    },
    list: folder =>
      directories.reduce((sum, name) => sum + files.list(Buffer.from(join(folder, name))).length, 0),
    async read(folder) {
      const target = new Uint8Array(content.length)
      let isRight = true
      for (const start of starts) {
        const { names, offsets, lengths } = batchAt(start, `${folder}/`)
        const batch = { paths: names, offsets, lengths }
        const outcomes = isAsync ? await files.readAsync(batch, target) : files.read(batch, target)
        isRight &&= areRead(outcomes) && content.subarray(0, names.length * fileBytes).equals(target)
      }
      return isRight
    },
    remove(folder) {
      const at = openConfined(folder, loaded)
      for (const directory of directories) at.removeTree(Buffer.from(directory))
      at.close()
    },
  }
}

const piece = (i: number): Buffer =>
  content.subarray((i % batchFiles) * fileBytes, ((i % batchFiles) + 1) * fileBytes)

const plainNode: Way = {
  write(folder) {
    for (const directory of directories) mkdirSync(join(folder, directory))
    for (const [i, path] of paths.entries()) {
      writeFileSync(join(folder, path), piece(i), { flag: 'wx', mode: 0o644 })
      utimesSync(join(folder, path), 1_600_000_000, 1_600_000_000)
    }
  },
  list: folder =>
    directories.reduce((sum, directory) => {
      const names = readdirSync(join(folder, directory))
      for (const name of names) lstatSync(join(folder, directory, name), { bigint: true })
      return sum + names.length
    }, 0),
  read: folder => paths.every((path, i) => readFileSync(join(folder, path)).equals(piece(i))),
  remove(folder) {
    for (const directory of directories) rmSync(join(folder, directory), { recursive: true })
  },
}

const { addon } = native()
const ways: Record<string, Way> = {
  ...(addon ? { native: twin(addon, false), 'native, on the pool': twin(addon, true) } : {}),
  portable: twin({}, false),
  'node:fs in a loop': plainNode,
}

const steps = ['write', 'list', 'read', 'remove'] as const
const seconds = new Map<string, number[]>()
let isRight = true
const base = flags.tmpfs ? mkdtempSync('/dev/shm/pfs-bench-') : makeScratch()

for (let round = 0; round < Number(flags.rounds); round++)
  for (const [name, way] of Object.entries(ways)) {
    const folder = mkdtempSync(join(base, 'small-'))
    for (const step of steps) {
      const started = performance.now()
      const came = await way[step](folder)
      const key = `${name} ${step}`
      seconds.set(key, [...(seconds.get(key) ?? []), (performance.now() - started) / 1000])
      if (came === false || (step === 'list' && came !== fileCount)) isRight = false
    }
    isRight &&= readdirSync(folder).length === 0
    rmSync(folder, { recursive: true })
    spawnSync('sync') // nobody pays for another's dirty pages
  }
if (flags.tmpfs) rmSync(base, { recursive: true })

const perSecond = (name: string, step: string): number =>
  fileCount / median(seconds.get(`${name} ${step}`) ?? [])
printTable(
  ['files a second', ...steps],
  Object.keys(ways).map(name => [
    name,
    ...steps.map(step => Math.round(perSecond(name, step)).toLocaleString('en')),
  ]),
)
conclude('small_files', isRight, {
  fileCount,
  fileBytes,
  rounds: Number(flags.rounds),
  filesPerSecond: Object.fromEntries(
    Object.keys(ways).map(name => [
      name,
      Object.fromEntries(steps.map(step => [step, Math.round(perSecond(name, step))])),
    ]),
  ),
})
