// iroh-blobs by the npm bindings: QUIC, BLAKE3-verified, with the provider's direct address and no discovery. Memory
// stores on both sides: the bindings' persistent store copies the file once more at the receiver. The sender imports,
// the receiver fetches and exports; wall is from the sender's start to the receiver's word that it has synced.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { load, versionOf } from './packages.ts'
import { costs, isMain, saidSeconds, say, startProgram, syncFile } from './program.ts'
import type { Arena, Rival, Run } from './rival.ts'

interface NodeAddress {
  readonly nodeId: string
  readonly addresses?: readonly string[]
}

interface AddProgress {
  readonly allDone?: { readonly hash: string }
}

type OnProgress<T> = (error: Error | null, progress: T) => void

interface Blobs {
  addFromPath(
    path: string,
    inPlace: boolean,
    tag: unknown,
    wrap: unknown,
    onProgress: OnProgress<AddProgress>,
  ): Promise<void>
  download(hash: string, options: unknown, onProgress: OnProgress<unknown>): Promise<void>
  export(hash: string, target: string, format: 'Blob', mode: 'Copy' | 'TryReference'): Promise<void>
}

interface IrohNode {
  readonly blobs: Blobs
  readonly net: { nodeAddr(): Promise<NodeAddress> }
  readonly node: { shutdown(): Promise<void> }
}

interface Bindings {
  readonly Iroh: { memory(options: { nodeDiscovery: 'None'; ipv4Addr: string }): Promise<IrohNode> }
  readonly SetTagOption: { auto(): unknown }
  readonly BlobDownloadOptions: new (format: 'Raw', nodes: NodeAddress[], tag: unknown) => unknown
}

const packageName = '@number0/iroh'
const patienceMillis = 600_000

/** Anonymous memory of both sides per byte of the file, measured at 4 GiB: 8.6 GB and 4.4 GB. */
const bytesPerByte = 3.2
/** Source and target, where the disk is memory too. */
const filesPerRun = 2
const stepBytes = 256 * MiB

export const iroh: Rival = {
  name: 'iroh',
  isEncrypted: true,
  isSynced: true,
  sizeBytesMax: isMemoryDisk => {
    const share = bytesPerByte + (isMemoryDisk ? filesPerRun : 0)
    return Math.floor((availableMemoryBytes() * 0.8) / share / stepBytes) * stepBytes
  },
  find: () => versionOf(packageName),
  run,
}

async function run(arena: Arena): Promise<Run> {
  const { pair, source, folder } = arena
  const target = `${folder}/target.bin`
  const program = import.meta.filename
  const receiver = startProgram(pair.right, arena, program, ['receive', pair.right.address, target], 'pipe')
  await receiver.says(/"isReady":true/)
  const sender = startProgram(pair.left, arena, program, ['send', pair.left.address, source], 'pipe')
  const [line] = await sender.says(/\{"hash".*\}/)
  receiver.write(`${line}\n`)
  await Promise.race([
    receiver.says(/"seconds":/),
    delay(patienceMillis, undefined, { ref: false }).then(() => {
      throw new Error(`iroh is not done\n${sender.tail}${receiver.tail}`)
    }),
  ])
  const wallSeconds = (performance.now() - sender.startedAt) / 1000
  sender.write('end\n')
  receiver.write('end\n')
  await Promise.all([sender.ended, receiver.ended])
  return {
    ...costs(sender, receiver),
    wallSeconds,
    transferSeconds: saidSeconds(receiver),
    target,
    note: 'memory store',
  }
}

function availableMemoryBytes(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

// ---- the roles

interface Offer {
  readonly hash: string
  readonly node: NodeAddress
}

const open = (bindings: Bindings, address: string): Promise<IrohNode> =>
  bindings.Iroh.memory({ nodeDiscovery: 'None', ipv4Addr: `${address}:0` })

async function send(address: string, source: string): Promise<void> {
  const bindings = load<Bindings>(packageName)
  const it = await open(bindings, address)
  const hash = await new Promise<string>((resolve, reject) => {
    const onProgress: OnProgress<AddProgress> = (error, progress) => {
      if (error) reject(error)
      else if (progress.allDone) resolve(progress.allDone.hash)
    }
    const [tag, wrap] = [bindings.SetTagOption.auto(), { wrap: false }]
    it.blobs.addFromPath(source, true, tag, wrap, onProgress).catch(reject)
  })
  const { nodeId, addresses = [] } = await it.net.nodeAddr()
  say({ hash, node: { nodeId, addresses } } satisfies Offer)
  for await (const _ of createInterface({ input: process.stdin })) break
  process.exit(0)
}

async function receive(address: string, target: string): Promise<void> {
  const bindings = load<Bindings>(packageName)
  const it = await open(bindings, address)
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  say({ isReady: true })
  const { hash, node } = JSON.parse(must((await lines.next()).value, 'an offer')) as Offer
  const started = performance.now()
  const options = new bindings.BlobDownloadOptions('Raw', [node], bindings.SetTagOption.auto())
  await it.blobs.download(hash, options, error => {
    if (error) throw error
  })
  await it.blobs.export(hash, target, 'Blob', 'Copy')
  syncFile(target)
  say({ seconds: (performance.now() - started) / 1000 })
  await lines.next()
  process.exit(0)
}

if (isMain(import.meta.filename)) {
  const [role, address = '', path = ''] = process.argv.slice(2)
  if (role === 'receive') await receive(address, path)
  else await send(address, path)
}
