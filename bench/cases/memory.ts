// Peak anonymous memory of both processes, which must not grow with the file: a large incompressible file, and a much
// larger sparse one with a few random islands. Sampled at 10 Hz from outside. Ends non-zero at 150 MB or more.
//
//   node dist/bench/cases/memory.js [--full] [--mib 512] [--sparse-gib 4]         --full: 4 GiB and 20 GiB

import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, makeRandomFile, makeScratch, makeSparseFile } from '../files.ts'
import { finish, Home } from '../pfs.ts'
import { conclude, printLimits, printTable } from '../report.ts'

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mib: { type: 'string' },
    'sparse-gib': { type: 'string' },
  },
})
const randomBytes = Number(flags.mib ?? (flags.full ? 4096 : 512)) * MiB
const sparseBytes = Number(flags['sparse-gib'] ?? (flags.full ? 20 : 4)) * 1024 * MiB
const islands = 6
const anonBytesMax = 150_000_000

interface Peak {
  readonly what: string
  readonly sizeBytes: number
  readonly senderAnonBytes: number
  readonly receiverAnonBytes: number
  readonly wallSeconds: number
  readonly wireBytes: number
  /** What the target takes on disk: holes should stay holes. */
  readonly targetDiskBytes: number
  readonly isSame: boolean
}

async function peak(
  what: string,
  pair: Pair,
  sizeBytes: number,
  make: (path: string) => void,
): Promise<Peak> {
  const scratch = makeScratch()
  const source = join(scratch, `${what}.bin`)
  const out = join(scratch, 'out')
  make(source)
  const receiver = await new Home(join(scratch, 'receiver'), pair.right).receive(out)
  const sender = new Home(join(scratch, 'sender'), pair.left).send(source, pair.right.address)
  const [sent] = await Promise.all([finish(sender), finish(receiver)])
  const target = join(out, `${what}.bin`)
  const seen = {
    what,
    sizeBytes,
    senderAnonBytes: sender.rssAnonPeakBytes,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
    wallSeconds: sender.elapsedSeconds,
    wireBytes: sent.wire_bytes,
    targetDiskBytes: statSync(target).blocks * 512,
    isSame: areSame(source, target),
  }
  rmSync(scratch, { recursive: true })
  return seen
}

const pair = makePair()
const peaks: Peak[] = []
try {
  peaks.push(await peak('random', pair, randomBytes, path => makeRandomFile(path, randomBytes, Date.now())))
  const makeSparse = (path: string) => makeSparseFile(path, sparseBytes, islands, Date.now())
  peaks.push(await peak('sparse', pair, sparseBytes, makeSparse))
} finally {
  pair.remove()
}
console.log('memory: peak anonymous bytes of each process')
printTable(
  ['', 'MiB', 'send anon MB', 'recv anon MB', 's', 'wire bytes', 'target on disk', ''],
  peaks.map(({ what, sizeBytes, senderAnonBytes, receiverAnonBytes, wallSeconds, ...rest }) => [
    what,
    sizeBytes / MiB,
    Math.round(senderAnonBytes / 1e6),
    Math.round(receiverAnonBytes / 1e6),
    wallSeconds,
    rest.wireBytes,
    rest.targetDiskBytes,
    rest.isSame ? 'identical' : 'DIFFERENT',
  ]),
)
const isWithin = printLimits(
  peaks.flatMap(({ what, senderAnonBytes, receiverAnonBytes }) => [
    { what: `${what}, sender`, value: senderAnonBytes, limit: anonBytesMax },
    { what: `${what}, receiver`, value: receiverAnonBytes, limit: anonBytesMax },
  ]),
)
conclude('memory', isWithin && peaks.every(({ isSame }) => isSame), { peaks })
