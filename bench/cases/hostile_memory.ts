// Anonymous memory of a `pfs recv` that an accepted sender offers the largest things the protocol lets it: as many entries,
// as long a manifest, as many holes, failures and candidates as there may be. Sampled at 10 Hz from outside. Ends non-zero
// above 256 MB. The sender is test/support/hostile.ts, over loopback.
//
//   node dist/bench/cases/hostile_memory.js [--only NAME] [--divide 1]      --divide 16: a sixteenth of everything

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MiB } from '../../src/base/units.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { entriesMax, holesMax, manifestBytesMax } from '../../src/cut/manifest/limits.ts'
import { blobType } from '../../src/cut/tree.ts'
import type { Op } from '../../src/offset/ops.ts'
import * as answerMessage from '../../src/wire/messages/answer.ts'
import * as doneMessage from '../../src/wire/messages/done.ts'
import * as offerMessage from '../../src/wire/messages/offer.ts'
import * as refuseMessage from '../../src/wire/messages/refuse.ts'
import { Hostile } from '../../test/support/hostile.ts'
import { type ManifestPlan, makeManifest } from '../../test/support/made_manifest.ts'
import { idOf, imageIdOf, imageIdOfFiles, seedKeys } from '../../test/support/named_blobs.ts'
import { sendRound } from '../../test/support/rounds.ts'
import { makeScratch } from '../files.ts'
import { Home, here } from '../pfs.ts'
import { conclude, printLimits, printTable } from '../report.ts'

const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, divide: { type: 'string', default: '1' } },
})
const divisor = Number(flags.divide)
const part = (count: number): number => Math.max(1, Math.floor(count / divisor))
const anonBytesMax = 256_000_000
const waitMillisMax = 3_000_000

interface Attack {
  readonly name: string
  readonly plan: ManifestPlan
  /** Each file's one byte; without it files are empty. */
  readonly fileBytes?: number
  readonly times?: number
  /** How often the same tree is offered, each time to a receiver that has what came before. */
  readonly offers?: number
}

/** Beside its name an empty file's entry has 26 bytes and a byte or two of numbers. */
const largestNameBytes = Math.floor(manifestBytesMax / entriesMax) - 28

const attacks: readonly Attack[] = [
  {
    name: 'a million files of a byte',
    plan: { kind: 'files', count: part(2 ** 20), perDirectory: 1000, nameBytes: 8, sizeBytes: 1 },
    fileBytes: 1,
    offers: 2,
  },
  {
    name: 'the most entries in the longest manifest',
    plan: {
      kind: 'files',
      count: part(entriesMax),
      perDirectory: 1000,
      nameBytes: largestNameBytes,
      sizeBytes: 0,
    },
  },
  {
    name: 'nothing but holes',
    plan: {
      kind: 'holes',
      files: part(Math.floor(manifestBytesMax / (2 * holesMax + 64))),
      holesPerFile: holesMax,
    },
  },
  {
    name: 'links that lead out at the end of the longest paths',
    plan: { kind: 'links', depth: 15, nameBytes: 255, count: part(entriesMax - 15), text: '/etc/passwd' },
  },
]

interface Peak {
  readonly name: string
  readonly entries: number
  readonly manifestBytes: number
  readonly end: string
  readonly idleAnonBytes: number
  readonly receiverAnonBytes: number
  readonly seconds: number
}

function offerOf(attack: Attack, manifest: Uint8Array, files: number): offerMessage.Offer {
  const candidates = Array.from({ length: 16 }, (_, i) => ({
    short: new Uint8Array(8).fill(i),
    size: 2 ** 43,
  }))
  return {
    type: offerMessage.type,
    transfer: new Uint8Array(16).fill(7),
    kind: 'tree',
    name: 'hostile',
    size: sizeOf(attack, files),
    mtimeMillis: 0,
    mode: 0,
    poolId: seedKeys.poolId,
    chunking: chunking1.id,
    candidates,
    listCandidates: candidates,
    list: { blob: idOf(blobType.manifest, manifest), size: manifest.length },
    blob: imageOf(attack, files),
  }
}

/** Holes are zeros, whatever they are called. */
function imageOf({ plan, fileBytes = 0 }: Attack, files: number): Uint8Array {
  if (plan.kind !== 'holes') return imageIdOf(files, new Uint8Array(fileBytes))
  const zeros = new Uint8Array(2 * plan.holesPerFile)
  return imageIdOfFiles(Array.from({ length: plan.files }, () => zeros))
}

const sizeOf = ({ plan, fileBytes = 0 }: Attack, files: number): number =>
  plan.kind === 'holes' ? plan.files * 2 * plan.holesPerFile : files * fileBytes

const filesOf = ({ plan }: Attack): number => {
  if (plan.kind !== 'files') return 0
  return plan.count - Math.ceil(plan.count / (plan.perDirectory + 1))
}

async function play(attack: Attack): Promise<Peak> {
  const scratch = makeScratch()
  const started = performance.now()
  const manifest = makeManifest(attack.plan)
  const files = filesOf(attack)
  const offer = offerOf(attack, manifest, files)
  const receiver = new Home(join(scratch, 'receiver'), here).receive(
    join(scratch, 'out'),
    ['--keep', '--on-conflict', 'overwrite'],
    port,
  )
  const process = await receiver
  const idleAnonBytes = process.rssAnonPeakBytes
  const ends: string[] = []
  for (let i = 0; i < (attack.offers ?? 1); i++) {
    const transfer = offer.transfer.slice()
    transfer[15] = i
    const died = process.ended.then(() => 'the receiver died')
    ends.push(await Promise.race([send({ ...offer, transfer }, manifest, files, attack), died]))
    if (!process.isRunning) break
  }
  const peak = {
    name: attack.name,
    entries: files,
    manifestBytes: manifest.length,
    end: process.isRunning ? ends.join(', ') : `it died: ${process.tail}`,
    idleAnonBytes,
    receiverAnonBytes: process.rssAnonPeakBytes,
    seconds: (performance.now() - started) / 1000,
  }
  await process.stop()
  rmSync(scratch, { recursive: true })
  return peak
}

async function send(
  offer: offerMessage.Offer,
  manifest: Uint8Array,
  files: number,
  attack: Attack,
): Promise<string> {
  const peer = await Hostile.connect(port)
  const count = (type: number): number => peer.messages.filter(message => message.type === type).length
  const answers = (): number => count(answerMessage.type)
  const isOver = (): boolean =>
    count(doneMessage.type) + count(refuseMessage.type) > 0 || peer.close !== undefined
  peer.send(offer)
  await peer.until(() => answers() === 1 || isOver(), 'an ANSWER', waitMillisMax)
  let round = 0
  const literal = (length: number): Op[] =>
    length === 0 ? [] : [{ kind: 'literal', output: 0, length, literal: 0 }]
  const first = peer.messages.find(({ type }) => type === answerMessage.type)
  if (first?.type === answerMessage.type && first.state === 'list') {
    const list = { ...offer, size: manifest.length }
    sendRound(peer, list, ++round, literal(manifest.length), manifest, offer.list?.blob)
    await peer.until(() => answers() === 2 || isOver(), 'an ANSWER to the list', waitMillisMax)
  }
  const last = peer.messages.findLast(({ type }) => type === answerMessage.type)
  const isWhole = last?.type === answerMessage.type && last.state === 'whole'
  if (!isOver() && !isWhole && attack.plan.kind !== 'holes') {
    const image = new Uint8Array(files * (attack.fileBytes ?? 0))
    sendRound(peer, offer, ++round, literal(image.length), image, offer.blob)
  } else if (!isOver() && !isWhole) {
    const { size, blob } = offer
    sendRound(peer, offer, ++round, [{ kind: 'zero', output: 0, length: size }], new Uint8Array(0), blob)
  }
  await peer.until(isOver, 'an end', waitMillisMax)
  const end = peer.close ? `closed ${peer.close.code} ${peer.close.reason}` : endOf(peer.messages.at(-1))
  peer.leave()
  return end
}

function endOf(message: Hostile['messages'][number] | undefined): string {
  if (message?.type === refuseMessage.type) return `refused ${message.code} ${message.text}`
  if (message?.type !== doneMessage.type) return 'nothing'
  return message.failures ? `done, ${message.failures} failed` : 'done'
}

const port = 9421
const peaks: Peak[] = []
for (const attack of attacks) {
  if (flags.only !== undefined && !attack.name.includes(flags.only)) continue
  const peak = await play(attack)
  peaks.push(peak)
  console.error(`${peak.name}: ${Math.round(peak.receiverAnonBytes / 1e6)} MB, ${peak.end.slice(0, 60)}`)
}
printTable(
  ['', 'files', 'manifest MiB', 'recv anon MB', 's', 'end'],
  peaks.map(({ name, entries, manifestBytes, receiverAnonBytes, seconds, end }) => [
    name,
    entries,
    Math.round(manifestBytes / MiB),
    Math.round(receiverAnonBytes / 1e6),
    Math.round(seconds),
    end.slice(0, 80),
  ]),
)
const isWithin = printLimits(
  peaks.map(({ name, receiverAnonBytes }) => ({ what: name, value: receiverAnonBytes, limit: anonBytesMax })),
)
conclude('hostile_memory', isWithin && peaks.every(({ end }) => end.startsWith('done')), { peaks })
