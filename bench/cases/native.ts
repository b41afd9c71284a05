// The addon's kernels beside the best of others, on one file in the page cache, in one run: BLAKE3 beside b3sum, XXH64
// beside xxhsum, cutting and naming beside what cutting alone and hashing alone allow (native/test/cut_bench.cc, built
// here), packet ciphers through N-API beside the same in a plain C loop (native/test/aead_bench.cc). Rounds are
// interleaved. Processor time is compared, because others may want the machine too; the wall clock where threads are.
//
//   node dist/bench/cases/native.js [--full] [--mib 1024] [--rounds 5] [--parts hash,cut,aead]

import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { native } from '../../src/host/addon.ts'
import type { AeadAddon } from '../../src/host/aead_native.ts'
import { rowsFor } from '../../src/host/cut.ts'
import { cutAddon, NativeCutting } from '../../src/host/cut_native.ts'
import type { HashAddon } from '../../src/host/hash_native.ts'
import { makeRandomFile, makeScratch } from '../files.ts'
import { runPlainBench } from '../plain_bench.ts'
import { conclude, type Goal, printGoals, printTable } from '../report.ts'
import { median, spread } from '../statistics.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    parts: { type: 'string', default: 'hash,cut,aead' },
  },
})
const sizeBytes = Number(flags.mib ?? (flags.full ? 1024 : 512)) * MiB
const rounds = Number(flags.rounds)
const wanted = flags.parts.split(',')
const pieceBytes = MiB

const scratch = makeScratch()
const file = join(scratch, 'random.bin')
makeRandomFile(file, sizeBytes, 1)

/** Each part's functions are there or not; a part that is not is told as absent. */
const { addon, why } = native()
const has = (name: string): boolean => typeof addon === 'object' && addon !== null && name in addon
const hashing = has('blake3') ? (addon as HashAddon) : undefined
const ciphers = has('sealTrain') && has('createCipher') ? (addon as AeadAddon) : undefined

interface Rate {
  readonly processor: number
  readonly wall: number
}

interface Contest {
  readonly name: string
  /** Goes over so many bytes; undefined: absent. */
  readonly run: (() => Promise<Rate> | Rate) | undefined
  readonly rates: Rate[]
}

const contests: Contest[] = []
const enter = (name: string, run: Contest['run']): void => void contests.push({ name, run, rates: [] })
const processorOf = (name: string): number =>
  median(contests.find(one => one.name === name)?.rates.map(({ processor }) => processor) ?? [])
const wallOf = (name: string): number =>
  median(contests.find(one => one.name === name)?.rates.map(({ wall }) => wall) ?? [])

/** GB/s of `work` over `bytes`, in this process. */
async function timed(bytes: number, work: () => Promise<void> | void): Promise<Rate> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  await work()
  const wall = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { processor: bytes / (user + system) / 1e3, wall: bytes / wall / 1e9 }
}

/** The same of a command over the file: bash says what it took. */
function command(words: readonly string[], input?: Uint8Array): (() => Rate) | undefined {
  if (spawnSync('which', [words[0] ?? '']).status !== 0) return undefined
  return () => {
    const started = performance.now()
    const done = spawnSync('bash', ['-c', '"$@" >/dev/null; times', 'bash', ...words], {
      input: input ?? '',
      encoding: 'utf8',
    })
    const wall = (performance.now() - started) / 1000
    if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`)
    const seconds = [...done.stdout.matchAll(/(\d+)m([\d.]+)s/g)]
      .map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest))
      .slice(2)
      .reduce((sum, one) => sum + one, 0)
    return { processor: sizeBytes / seconds / 1e9, wall: sizeBytes / wall / 1e9 }
  }
}

function overFile(work: (piece: Uint8Array) => void): () => Promise<Rate> {
  const buffer = new Uint8Array(pieceBytes)
  return () => {
    const fd = openSync(file, 'r')
    return timed(sizeBytes, () => {
      for (let at = 0; at < sizeBytes; at += pieceBytes) {
        readSync(fd, buffer, 0, pieceBytes, at)
        work(buffer)
      }
    }).finally(() => closeSync(fd))
  }
}

// ---- hash

const key = new Uint8Array(32).fill(7)

function enterHashes(): void {
  const out = new Uint8Array(32)
  const sum = new Uint8Array(8)
  const warm = readFileSync(file).subarray(0, 64 * MiB)
  enter('b3sum --num-threads 1', command(['b3sum', '--keyed', '--num-threads', '1', file], key))
  enter(
    'addon BLAKE3 keyed, reading 1 MiB inputs',
    hashing && overFile(piece => hashing.blake3(key, piece, out)),
  )
  enter(
    'addon BLAKE3 keyed, one input in memory',
    hashing && (() => timed(warm.length, () => hashing.blake3(key, warm, out))),
  )
  enter('xxhsum -H1', command(['xxhsum', '-H1', '-q', file]))
  enter('addon XXH64, reading 1 MiB inputs', hashing && overFile(piece => hashing.xxh64(piece, sum)))
  enter('addon XXH64, in memory', hashing && (() => timed(warm.length, () => hashing.xxh64(warm, sum))))
}

// ---- cut

function enterCuts(): void {
  const cutting = cutAddon(addon)
  const keys = deriveSeedKeys(openSeed())
  const rows = rowsFor(sizeBytes, chunking1)
  for (const threads of [1, 2]) {
    const run =
      cutting &&
      (async () => {
        const cutter = new NativeCutting(cutting, keys, chunking1)
        const fd = openSync(file, 'r')
        const part = { fd, from: 0, limit: sizeBytes, isFinal: true }
        try {
          return await timed(sizeBytes, async () => {
            const { end } = await cutter.scanPart(part, rows, threads)
            if (end !== sizeBytes) throw new Error(`cut ${end} of ${sizeBytes} bytes`)
          })
        } finally {
          closeSync(fd)
        }
      })
    enter(`addon cut + hash of the file, ${threads} thread${threads > 1 ? 's' : ''}`, run)
  }
}

interface Plain {
  readonly cut: Rate
  readonly hash: Rate
  readonly read: Rate
  readonly cutOfFile: Rate
  readonly hashOfFile: Rate
}

function plainCut(): Plain | undefined {
  const text = runPlainBench(scratch, 'cut', ['cut', 'hash', 'base'], { words: [file, '2'] })
  if (text === undefined) return undefined
  console.log(text)
  const rate = (what: string): Rate => {
    const [, wall, processor] = new RegExp(`^\\s*([\\d.]+)\\s+([\\d.]+)\\s+${what}`, 'm').exec(text) ?? []
    return { wall: Number(wall ?? Number.NaN), processor: Number(processor ?? Number.NaN) }
  }
  return {
    cut: rate('cut alone, in the cache'),
    hash: rate('hash alone, 32 KiB chunks, in the cache'),
    read: rate('read alone, cached file'),
    cutOfFile: rate('read \\+ cut, cached file'),
    hashOfFile: rate('read \\+ hash, 32 KiB chunks, cached file'),
  }
}

// ---- aead

const packetBytes = 1200
const packets = 64
const headerBytes = 14
const trainBytes = packetBytes * packets
const suites = [
  { name: 'aes-256-gcm', suite: 1, keyBytes: 32, ivBytes: 12 },
  { name: 'chacha20-poly1305', suite: 2, keyBytes: 32, ivBytes: 12 },
  { name: 'aegis-128l', suite: 3, keyBytes: 16, ivBytes: 16 },
] as const
const trains = 8000

function enterCiphers(): void {
  const train = new Uint8Array(trainBytes).fill(3)
  const copy = new Uint8Array(trainBytes)
  const opened = new Uint8Array(packets)
  const shape = [packetBytes, packetBytes, packetBytes, packets, 0] as const
  enter(
    'copy of a train',
    ciphers &&
      (() =>
        timed(trains * trainBytes, () => {
          for (let i = 0; i < trains; i++) copy.set(train)
        })),
  )
  for (const { name, suite, keyBytes, ivBytes } of suites) {
    const cipher = ciphers?.createCipher(
      suite,
      new Uint8Array(keyBytes).fill(1),
      new Uint8Array(ivBytes).fill(2),
    )
    const it = cipher && ciphers
    enter(
      `${name} seal`,
      it &&
        (() =>
          timed(trains * trainBytes, () => {
            for (let i = 0; i < trains; i++) it.sealTrain(cipher, train, ...shape, i * packets, headerBytes)
          })),
    )
    enter(
      `${name} copy + open`,
      it &&
        (() => {
          it.sealTrain(cipher, train, ...shape, 0, headerBytes)
          return timed(trains * trainBytes, () => {
            let authentic = 0
            for (let i = 0; i < trains; i++) {
              copy.set(train)
              authentic += it.openTrain(cipher, copy, ...shape, 0, headerBytes, opened)
            }
            if (authentic !== trains * packets) throw new Error(`${name}: a train of our own does not open`)
          })
        }),
    )
  }
}

interface PlainCipher {
  readonly seal: number
  readonly open: number
}

/** By suite; of AEGIS the kernel that the addon says it uses. */
function plainCiphers(): ReadonlyMap<string, PlainCipher> {
  const text = runPlainBench(scratch, 'aead', ['aead', 'base'], {
    libraries: ['-Wl,--no-as-needed', '-lcrypto'],
  })
  const found = new Map<string, PlainCipher>()
  if (text === undefined) return found
  console.log(text)
  for (const { name, suite } of suites) {
    const kernel = suite === 3 ? must(ciphers?.aeadKernel(suite), 'a kernel') : name
    const pattern = new RegExp(
      `^${kernel}\\s+${packetBytes} B\\s+seal\\s+([\\d.]+)\\s+open\\s+([\\d.]+)`,
      'm',
    )
    const [, seal, open] = pattern.exec(text) ?? []
    if (seal && open) found.set(name, { seal: Number(seal), open: Number(open) })
  }
  return found
}

/** Opening alone: what copying costs, taken off. */
const openRate = (name: string): number =>
  1 / (1 / processorOf(`${name} copy + open`) - 1 / processorOf('copy of a train'))

// ---- the run

if (wanted.includes('hash')) enterHashes()
if (wanted.includes('cut')) enterCuts()
if (wanted.includes('aead')) enterCiphers()
for (let round = 0; round < rounds; round++)
  for (const contest of contests) if (contest.run) contest.rates.push(await contest.run())

console.log(
  `native: ${sizeBytes / MiB} MiB in the page cache, medians of ${rounds}, interleaved; addon ${addon ? why : `absent: ${why}`}`,
)
printTable(
  ['', 'GB/s processor', 'spread', 'GB/s wall'],
  contests.map(({ name, rates }) => {
    if (rates.length === 0) return [name, 'absent']
    const processor = rates.map(rate => rate.processor)
    return [name, median(processor), spread(processor), median(rates.map(({ wall }) => wall))]
  }),
)
console.log()

const goals: Goal[] = []
const goal = (what: string, value: number, least: number): void =>
  void goals.push({ what, value, sense: 'at least', goal: least })
if (wanted.includes('hash')) {
  const blake3 = processorOf('addon BLAKE3 keyed, reading 1 MiB inputs')
  goal('BLAKE3 keyed / b3sum --num-threads 1', blake3 / processorOf('b3sum --num-threads 1'), 0.9)
  goal('XXH64 / xxhsum', processorOf('addon XXH64, reading 1 MiB inputs') / processorOf('xxhsum -H1'), 0.9)
}
if (wanted.includes('cut') && cutAddon(addon)) {
  const plain = plainCut()
  // what the two alone allow: in the cache; with the file read once; each over the file, so that both read it
  const allowed = (parts: readonly (keyof Plain)[], of: (rate: Rate) => number): number =>
    plain ? 1 / parts.reduce((sum, part) => sum + 1 / of(plain[part]), 0) : Number.NaN
  const one = processorOf('addon cut + hash of the file, 1 thread')
  const two = wallOf('addon cut + hash of the file, 2 threads')
  for (const [what, parts] of [
    ['in the cache', ['cut', 'hash']],
    ['in the cache, and reading', ['cut', 'hash', 'read']],
    ['each reading the file', ['cutOfFile', 'hashOfFile']],
  ] as const) {
    goal(`cut + hash of a file / both alone, ${what}`, one / allowed(parts, rate => rate.processor), 0.85)
    goal(`the same on two threads, wall`, two / allowed(parts, rate => rate.wall), 1.7)
  }
}
if (wanted.includes('aead') && ciphers) {
  const plain = plainCiphers()
  for (const { name } of suites) {
    const other = plain.get(name)
    goal(`${name} seal / plain C`, processorOf(`${name} seal`) / (other?.seal ?? Number.NaN), 0.85)
    goal(`${name} open / plain C`, openRate(name) / (other?.open ?? Number.NaN), 0.85)
  }
  goal('AEGIS-128L seal / AES-256-GCM', processorOf('aegis-128l seal') / processorOf('aes-256-gcm seal'), 2)
  goal('AEGIS-128L open / AES-256-GCM', openRate('aegis-128l') / openRate('aes-256-gcm'), 2)
}
printGoals(goals)
conclude('native', true, {
  sizeBytes,
  rates: contests.map(({ name, rates }) => ({ name, rates })),
  goals,
})
