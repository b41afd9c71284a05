// What a file costs that the other side has had before: sent once; the target deleted and sent again, which must
// cross in under 2,048 bytes, handshake and both directions included, without a scan at the sender; then with 16 MiB
// changed in four places, at most 1.08 times that and 512 KB. Bytes are those of IP packets by the interface's own
// counters; frames are shown beside. Ends non-zero when a limit is broken.
//
//   node dist/bench/cases/repeat.js [--mib 2048]

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePair, type Pair } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'
import { areSame, changeInPlace, makeRandomFile, makeScratch } from '../files.ts'
import { type EndDocument, finish, Home } from '../pfs.ts'
import { conclude, printLimits, printTable } from '../report.ts'
import { bothWays, countTraffic, quieten, type Traffic, trafficSince } from '../wire.ts'

const { values: flags } = parseArgs({ options: { mib: { type: 'string', default: '2048' } } })
const sizeBytes = Number(flags.mib) * MiB

const repeatBytesMax = 2048
const places = 4
const changedBytes = 16 * MiB
const changeBytesMax = 1.08 * changedBytes + 512_000
/** What node reads of its own program at start is a few MB; a scan is the whole file. */
const repeatReadBytesMax = 24 * MiB
/** A file younger than this is not trusted by the stat cache, rightly. */
const racyMillis = 3000

interface Sent {
  readonly what: string
  readonly document: EndDocument
  readonly traffic: Traffic
  readonly wallSeconds: number
  readonly senderReadBytes: number
  readonly isSame: boolean
}

const scratch = makeScratch()
const source = join(scratch, 'random.bin')
const out = join(scratch, 'out')
const target = join(out, 'random.bin')

async function send(what: string, pair: Pair, sending: Home, receiving: Home): Promise<Sent> {
  const receiver = await receiving.receive(out, ['--once', '--on-conflict', 'overwrite'])
  const before = countTraffic(pair.left)
  const sender = sending.send(source, pair.right.address)
  const [document] = await Promise.all([finish(sender), finish(receiver)])
  return {
    what,
    document,
    traffic: trafficSince(before, countTraffic(pair.left)),
    wallSeconds: sender.elapsedSeconds,
    senderReadBytes: sender.cost?.readBytes ?? Number.NaN,
    isSame: areSame(source, target),
  }
}

function row({ what, document, traffic, wallSeconds, senderReadBytes, isSame }: Sent): (string | number)[] {
  const both = bothWays(traffic)
  const packets = `${traffic.out.packets} + ${traffic.in.packets}`
  const ip = [traffic.out.ipBytes, traffic.in.ipBytes, both.ipBytes, both.frameBytes, document.wire_bytes]
  return [what, wallSeconds, packets, ...ip, senderReadBytes, isSame ? 'identical' : 'DIFFERENT']
}

makeRandomFile(source, sizeBytes, Date.now())
await delay(racyMillis)
const pair = makePair()
const seen: Sent[] = []
try {
  quieten(pair)
  const sending = new Home(join(scratch, 'sender'), pair.left)
  const receiving = new Home(join(scratch, 'receiver'), pair.right)
  seen.push(await send('new', pair, sending, receiving))
  rmSync(target)
  seen.push(await send('target deleted', pair, sending, receiving))
  seen.push(await send('target there', pair, sending, receiving))
  changeInPlace(source, sizeBytes, places, changedBytes / places, Date.now())
  seen.push(await send('16 MiB changed', pair, sending, receiving))
} finally {
  pair.remove()
}
const [, deleted, , changed] = seen
if (!deleted || !changed) throw new Error('four sends were made')
console.log(`repeat: ${sizeBytes / MiB} MiB incompressible`)
const head = [
  '',
  's',
  'packets out + in',
  'IP out',
  'IP in',
  'IP both',
  'frames both',
  'pfs says',
  'sender read',
  '',
]
printTable(head, seen.map(row))
const isWithin = printLimits([
  { what: 'again, IP bytes both ways', value: bothWays(deleted.traffic).ipBytes, limit: repeatBytesMax },
  { what: 'again, bytes the sender read', value: deleted.senderReadBytes, limit: repeatReadBytesMax },
  {
    what: '16 MiB changed, IP bytes both ways',
    value: bothWays(changed.traffic).ipBytes,
    limit: changeBytesMax,
  },
])
conclude('repeat', isWithin && seen.every(sent => sent.isSame), { sizeBytes, sends: seen })
