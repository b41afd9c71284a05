// `pfs recv --keep` as a process that hostile peers work on, and an honest transfer in a few packets that shows it is
// unharmed: alive, within its memory, and still building exactly what it is sent.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { chunking1 } from '../../src/cut/limits.ts'
import { deriveSeedKeys, openSeed } from '../../src/cut/seed.ts'
import { blobId, blobType, TreeBuilder } from '../../src/cut/tree.ts'
import { createHashes } from '../../src/host/hash.ts'
import type { Answer } from '../../src/wire/messages/answer.ts'
import * as answerMessage from '../../src/wire/messages/answer.ts'
import * as doneMessage from '../../src/wire/messages/done.ts'
import * as offerMessage from '../../src/wire/messages/offer.ts'
import { Machines } from './faults.ts'
import { Hostile, type HostileOptions } from './hostile.ts'
import type { Pfs } from './pfs.ts'
import { sendRound } from './rounds.ts'

const keys = deriveSeedKeys(openSeed())
const hashes = await createHashes(keys)

/** It serves a whole file of tests. */
const victimMillisMax = 180_000

/** What a receiver may hold of anonymous memory, whatever is done to it. */
const anonymousBytesMax = 250 * MiB

/** The blob id of a content of one chunk. */
export function nameOf(content: Uint8Array): Uint8Array {
  expect(content.length).toBeLessThan(chunking1.minBytes)
  const tree = new TreeBuilder(hashes, keys)
  tree.add(content.length, hashes.chunkId(content))
  return blobId(hashes, keys, blobType.file, chunking1.id, tree.finish())
}

export function offer(more: Partial<offerMessage.Offer> = {}): offerMessage.Offer {
  return {
    type: offerMessage.type,
    transfer: new Uint8Array(randomBytes(16)),
    kind: 'file',
    name: 'hostile',
    size: 1000,
    mtimeMillis: 1_600_000_000_000,
    mode: 0o644,
    poolId: keys.poolId,
    chunking: chunking1.id,
    candidates: [],
    ...more,
  }
}

/** A transfer that was offered and answered: its streams are the test's to fill. */
export interface Offered {
  readonly peer: Hostile
  readonly offer: offerMessage.Offer
  readonly answer: Answer
}

export class Victim {
  readonly machines: Machines
  readonly port: number
  readonly process: Pfs
  #count = 0

  private constructor(port: number, machines: Machines, process: Pfs) {
    this.port = port
    this.machines = machines
    this.process = process
  }

  static async start(words: readonly string[] = ['--yes', '--keep', '--on-conflict', 'overwrite']) {
    const machines = new Machines()
    const port = await freePort()
    return new Victim(port, machines, await machines.recv(port, words, 'there', victimMillisMax))
  }

  connect(options: HostileOptions = {}): Promise<Hostile> {
    return Hostile.connect(this.port, options)
  }

  async offered(more: Partial<offerMessage.Offer> = {}): Promise<Offered> {
    const peer = await this.connect()
    const said = offer(more)
    peer.send(said)
    return { peer, offer: said, answer: await peer.said(answerMessage.type) }
  }

  /** Sends one small file as an honest peer does, and looks at what arrived. */
  async takesAnHonestFile(peer?: Hostile): Promise<void> {
    const content = new Uint8Array(randomBytes(5_000))
    const blob = nameOf(content)
    const name = `honest${++this.#count}`
    const said = offer({ name, size: content.length })
    const sender = peer ?? (await this.connect())
    sender.send(said)
    await sender.said(answerMessage.type)
    sendRound(
      sender,
      said,
      1,
      [{ kind: 'literal', output: 0, length: content.length, literal: 0 }],
      content,
      blob,
    )
    await sender.said(doneMessage.type)
    expect(readFileSync(join(this.machines.out, name)).equals(content)).toBe(true)
    sender.leave()
  }

  /** After every attack. */
  async isUnharmed(): Promise<void> {
    await this.takesAnHonestFile()
    expect(this.anonymousBytes).toBeLessThan(anonymousBytesMax)
  }

  get anonymousBytes(): number {
    const path = `/proc/${this.process.processId}/status`
    if (process.platform !== 'linux') return 0
    expect(existsSync(path), `pfs recv lives; it said:\n${this.process.stderr.slice(-2000)}`).toBe(true)
    const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1]
    return Number(must(kib, 'the kernel tells')) * 1024
  }

  remove(): Promise<void> {
    return this.machines.remove()
  }
}
