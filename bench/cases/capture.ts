// What someone on the way sees: a small marked file of each kind goes to a stranger and then to a known peer while the
// port is captured on the interface (tshark or tcpdump; without either, by a relay on loopback). Nothing of content,
// name, ids or keys may be readable in it; and a control packet in clear must be, or the capture has proved nothing.
//
//   node dist/bench/cases/capture.js [--relay]

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { canMakePairs, makePair, type Side } from '../../netsim/netns.ts'
import { areSame, makeScratch } from '../files.ts'
import { freePort } from '../free_port.ts'
import { finish, Home, here, port } from '../pfs.ts'
import { Watched } from '../process.ts'
import { RecordingRelay } from '../relay.ts'
import { conclude, printTable } from '../report.ts'
import { contents, findSecrets, idsOf, keysOf, makeMarkedFile, type Secret } from '../secrets.ts'
import { bothWays, countTraffic, quieten } from '../wire.ts'

const { values: flags } = parseArgs({ options: { relay: { type: 'boolean', default: false } } })

const blocks = 512
const control: Secret = { what: 'the control packet', bytes: Buffer.from('control-in-clear-9d1f3c5577') }
const patienceMillis = 15_000

interface Captured {
  readonly by: string
  readonly packets: readonly Buffer[]
  /** Packets that the interface counted; undefined where nobody counts. */
  readonly crossedPackets: number | undefined
  readonly secrets: readonly Secret[]
}

const scratch = makeScratch()

/** Two files of each kind: the first of all meets a stranger (XX), the others a known peer (IK). */
async function sendAll(
  [sending, receiving]: readonly [Home, Home],
  host: string,
  ports = { receive: port, send: port },
): Promise<Secret[]> {
  const secrets: Secret[] = []
  for (const content of [...contents, ...contents]) {
    const marked = makeMarkedFile(scratch, content, blocks)
    const out = join(scratch, 'out')
    const receiver = await receiving.receive(out, ['--once'], ports.receive)
    const sender = sending.send(marked.path, host, [], ports.send)
    const [sent] = await Promise.all([finish(sender), finish(receiver)])
    const name = marked.path.slice(scratch.length + 1)
    if (!areSame(marked.path, join(out, name))) throw new Error(`${name} arrived different`)
    const ids = await idsOf(marked.path, join(sending.folder, 'data', 'pool'), sent.blob_id)
    secrets.push(...marked.secrets, ...ids)
  }
  secrets.push(...(await keysOf('sender', sending.folder)), ...(await keysOf('receiver', receiving.folder)))
  return secrets
}

/** Whichever is installed, and how it is told to write what passes a port into a file. */
function capturer(device: string, path: string): { name: string; args: string[] } | undefined {
  // a port that nobody listens on any more is answered by ICMP, which repeats what came
  const filter = `udp port ${port} or icmp`
  const rows = [
    { name: 'tshark', args: ['-q', '-i', device, '-B', '32', '-F', 'pcap', '-w', path, '-f', filter] },
    { name: 'tcpdump', args: ['-U', '-i', device, '-B', '32768', '-w', path, filter] },
  ]
  return rows.find(({ name }) => spawnSync(name, ['--version']).status === 0)
}

async function captureInterface(): Promise<Captured | undefined> {
  const pair = makePair()
  try {
    quieten(pair)
    const { left, right } = pair
    const path = join(scratch, 'wire.pcap')
    const row = capturer(left.device, path)
    if (!row) return undefined
    const capture = new Watched(
      row.name,
      left.spawn(row.name, row.args, { stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    await seeControl(left, right.address, path)
    // what went before the capture ran was counted only
    const early = bothWays(countTraffic(left)).packets - readPackets(path).length
    const homes = [new Home(join(scratch, 'a'), left), new Home(join(scratch, 'b'), right)] as const
    const secrets = await sendAll(homes, right.address)
    await seeControl(left, right.address, path)
    const crossedPackets = bothWays(countTraffic(left)).packets - early
    await capture.stop()
    return { by: row.name, packets: readPackets(path), crossedPackets, secrets }
  } finally {
    pair.remove()
  }
}

/** Sends the control packet until one more of it is in the file: the capture runs, and has got this far. */
async function seeControl(side: Side, address: string, path: string): Promise<void> {
  const count = (): number => {
    try {
      return readPackets(path).filter(packet => packet.indexOf(control.bytes) >= 0).length
    } catch {
      return 0
    }
  }
  const already = count()
  const script =
    `const s = require('dgram').createSocket('udp4');` +
    `s.send(${JSON.stringify(Buffer.from(control.bytes).toString())}, ${port}, '${address}', () => s.close())`
  for (let waited = 0; waited < patienceMillis; waited += 500) {
    await new Watched('control', side.spawn(process.execPath, ['-e', script], { stdio: 'ignore' })).ended
    await delay(500)
    if (count() === already) continue
    // with the answers it may have caused
    await delay(1000)
    return
  }
  throw new Error('the capture does not see a packet in clear')
}

/** The packets of a pcap file as far as it is written. */
function readPackets(path: string): Buffer[] {
  const file = readFileSync(path)
  const packets: Buffer[] = []
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8)
    if (at + 16 + length > file.length) break
    packets.push(file.subarray(at + 16, at + 16 + length))
    at += 16 + length
  }
  return packets
}

async function captureRelay(): Promise<Captured> {
  const receive = await freePort()
  const relay = await RecordingRelay.open(receive)
  try {
    relay.datagrams.push(Buffer.from(control.bytes))
    const homes = [new Home(join(scratch, 'a'), here), new Home(join(scratch, 'b'), here)] as const
    const secrets = await sendAll(homes, '127.0.0.1', { receive, send: relay.port })
    return { by: 'a relay on loopback', packets: relay.datagrams, crossedPackets: undefined, secrets }
  } finally {
    relay.close()
  }
}

const captured =
  (flags.relay || !canMakePairs() ? undefined : await captureInterface()) ?? (await captureRelay())
const { by, packets, crossedPackets, secrets } = captured
const readable = findSecrets(packets, secrets)
const seesControl = findSecrets(packets, [control]).length === 1
const missed = crossedPackets === undefined ? 0 : crossedPackets - packets.length
console.log('capture: what can be read of a transfer on its way')
printTable(
  ['by', 'packets', 'missed', 'bytes', 'looked for', 'readable', 'control packet'],
  [
    [
      by,
      packets.length,
      missed,
      packets.reduce((sum, packet) => sum + packet.length, 0),
      secrets.length,
      readable.length,
      seesControl ? 'seen' : 'NOT SEEN',
    ],
  ],
)
for (const what of readable) console.log(`READABLE: ${what}`)
const isRight = missed === 0 && readable.length === 0 && seesControl && packets.length > blocks
conclude('capture', isRight, { by, packets: packets.length, missed, secrets: secrets.length, readable })
