// `make compare-arm64`: both processors at the two ends of one line, the ARM64 one by qemu (native/arm64.mjs provides it):
// whether what arrives is right, and whether as many bytes travel as between two of this machine's kind. No times: they
// would be qemu's. Where that node has no zstd, a text may travel as it is, as a random file of its size does.
//
//   node native/arm64.mjs dist/bench/compare/arm64.js

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePair, type Pair, type Side } from '../../netsim/netns.ts'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeScratch } from '../files.ts'
import { finish, type Ground, Home } from '../pfs.ts'
import { conclude, printLimits, printTable } from '../report.ts'
import { bothWays, countTraffic, quieten, trafficSince } from '../wire.ts'
import { makeWorkload, Stage } from './workload_files.ts'
import { workloads } from './workloads.ts'

/** qemu takes each instruction for ten or more. */
const fileBytes = 8 * MiB
const names = ['random', 'text', 'percent-1', 'again']
/** Packets of their own accord: acknowledgements and probes are timed, and qemu's time is another. */
const packetsShareMost = 1.05
const packetsBytesMost = 64 * 1024

type Kind = 'x64' | 'arm64'
const pairings: readonly (readonly [Kind, Kind])[] = [
  ['x64', 'x64'],
  ['x64', 'arm64'],
  ['arm64', 'x64'],
]

/** The command that is an ARM64 node, as native/arm64.mjs hands it over. */
const emulated = JSON.parse(process.env.PFS_ARM64_NODE ?? '[]') as string[]

function ground(side: Side, kind: Kind): Ground {
  if (kind === 'x64') return side
  const [program, ...words] = emulated
  return {
    spawn: (_node, args, options = {}) => {
      const env = { ...(options.env ?? process.env), NODE_PATH: process.env.PFS_ARM64_NODE_PATH }
      // the probe of a measured process tells of qemu
      const own = args.filter((word, i) => word !== '--import' && args[i - 1] !== '--import')
      return side.spawn(must(program, 'an emulator'), [...words, ...own], { ...options, env })
    },
  }
}

interface Crossing {
  readonly workload: string
  readonly from: Kind
  readonly to: Kind
  readonly ipBytes: number
  readonly reusedBytes: number
  readonly blobId: string
  readonly isSame: boolean
}

async function cross(pair: Pair, stage: Stage, [from, to]: readonly [Kind, Kind], folder: string) {
  const [here, there] = [
    new Home(join(folder, 'sender'), ground(pair.left, from)),
    new Home(join(folder, 'receiver'), ground(pair.right, to)),
  ]
  const out = join(folder, 'out')
  const receiver = await there.receive(out, ['--once', '--on-conflict', 'overwrite'])
  const before = countTraffic(pair.left)
  const sender = here.send(stage.path, pair.right.address, ['--connect-timeout', '60'])
  const [sent] = await Promise.all([finish(sender), finish(receiver)])
  const { ipBytes } = bothWays(trafficSince(before, countTraffic(pair.left)))
  return { sent, ipBytes, isSame: areSame(stage.path, join(out, stage.name)) }
}

async function main(): Promise<void> {
  if (emulated.length === 0) throw new Error('run it by make compare-arm64')
  const scratch = makeScratch()
  const pair = makePair()
  const crossings: Crossing[] = []
  let hasZstd = false
  try {
    quieten(pair)
    hasZstd = await findsZstd(pair, scratch)
    for (const name of names) {
      const workload = must(
        workloads.find(one => one.name === name),
        name,
      )
      const stage = new Stage(makeWorkload(workload, { fileBytes, treeFiles: 0 }, join(scratch, name), 1))
      for (const [from, to] of pairings) {
        const folder = join(scratch, 'run')
        if (workload.change !== undefined) {
          stage.hold('old')
          await cross(pair, stage, [from, to], folder)
        }
        stage.hold('new')
        const { sent, ipBytes, isSame } = await cross(pair, stage, [from, to], folder)
        const { reused_bytes: reusedBytes, blob_id: blobId } = sent
        crossings.push({ workload: name, from, to, ipBytes, reusedBytes, blobId, isSame })
        console.error(`  ${name}, ${from} to ${to}: ${ipBytes} bytes${isSame ? '' : ', DIFFERENT'}`)
        rmSync(folder, { recursive: true, force: true })
      }
      stage.remove()
    }
  } finally {
    pair.remove()
  }
  tell(crossings, hasZstd)
}

/** On the ARM64 side, by its doctor: both sides must have it. */
async function findsZstd(pair: Pair, scratch: string): Promise<boolean> {
  const home = new Home(join(scratch, 'doctor'), ground(pair.right, 'arm64'))
  const doctor = home.start('pfs doctor', ['doctor', '--json'])
  const { code } = await doctor.ended
  if (code !== 0) throw new Error(`pfs doctor on ARM64 ended with ${code}: ${doctor.tail}`)
  const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; codec?: string }[] }
  return checks.find(({ name }) => name === 'zstd')?.codec !== 'none'
}

function tell(crossings: readonly Crossing[], hasZstd: boolean): void {
  if (!hasZstd) console.log('the ARM64 node has no zstd: the text is held to what a random file takes')
  printTable(
    ['workload', 'from', 'to', 'IP bytes', 'held', ''],
    crossings.map(({ workload, from, to, ipBytes, reusedBytes, isSame }) => [
      ...[workload, from, to, ipBytes, reusedBytes],
      isSame ? 'identical' : 'DIFFERENT',
    ]),
  )
  const home = (name: string): Crossing =>
    must(
      crossings.find(({ workload, from, to }) => workload === name && from === to),
      name,
    )
  const limitOf = (workload: string): number => {
    const like = workload === 'text' && !hasZstd ? 'random' : workload
    return Math.round(home(like).ipBytes * packetsShareMost + packetsBytesMost)
  }
  const mixed = crossings.filter(({ from, to }) => from !== to)
  const isWithin = printLimits(
    mixed.map(({ workload, from, to, ipBytes }) => ({
      what: `${workload}, ${from} to ${to}, IP bytes`,
      value: ipBytes,
      limit: limitOf(workload),
    })),
  )
  const isAlike = mixed.every(one => {
    const like = home(one.workload)
    return one.blobId === like.blobId && one.reusedBytes === like.reusedBytes
  })
  if (!isAlike) console.log('WRONG: another blob id, or another share held, than between two alike')
  conclude('arm64', isWithin && isAlike && crossings.every(({ isSame }) => isSame), { crossings })
}

await main()
