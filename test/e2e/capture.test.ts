// What someone between the peers can read: everything they say goes through a relay that keeps it, to a stranger (XX)
// and then to a peer that is known (IK), and nothing of the file, its name, its ids or the peers' keys is in it. The
// same on a real interface: bench/cases/capture. PROTOCOL.md §18

import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { RecordingRelay } from '../../bench/relay.ts'
import {
  type Content,
  contents,
  findSecrets,
  idsOf,
  keysOf,
  makeMarkedFile,
  type Secret,
} from '../../bench/secrets.ts'
import { killAll, Pfs, pfs, scratch } from '../support/pfs.ts'

const blocks = 64

let folder: ReturnType<typeof scratch>
let relay: RecordingRelay
let port: number

beforeEach(async () => {
  folder = scratch()
  port = await freePort()
  relay = await RecordingRelay.open(port)
})

afterEach(async () => {
  await killAll()
  relay.close()
  folder.remove()
})

async function receive(): Promise<void> {
  const out = folder.at('out')
  mkdirSync(out)
  const words = ['recv', '--keep', '--yes', '--port', String(port), '-o', out]
  await Pfs.start(words, { home: folder.at('receiver') }).ready()
}

/** Sends one marked file through the relay. Everything of it that must stay secret. */
async function sendMarked(content: Content): Promise<Secret[]> {
  const { path, secrets } = makeMarkedFile(folder.path, content, blocks)
  const sent = await pfs(['send', '--json', path, `127.0.0.1:${relay.port}`], { home: folder.at('sender') })
  expect(sent.status, sent.stderr).toBe(0)
  expect(readFileSync(join(folder.at('out'), basename(path))).equals(readFileSync(path))).toBe(true)
  const { blob_id } = JSON.parse(sent.stdout) as { blob_id: string }
  return [...secrets, ...(await idsOf(path, folder.at('sender/data/pool'), blob_id))]
}

describe('someone on the way', () => {
  test("reads nothing of any kind of file, its name, its ids or the peers' keys", async () => {
    await receive()
    const secrets: Secret[] = []
    const packets: number[] = []
    // the first goes to a stranger, the others to a peer that is known
    for (const content of contents) {
      const before = relay.datagrams.length
      secrets.push(...(await sendMarked(content)))
      packets.push(relay.datagrams.length - before)
    }
    secrets.push(...(await keysOf('sender', folder.at('sender'))))
    secrets.push(...(await keysOf('receiver', folder.at('receiver'))))
    expect(Math.min(...packets)).toBeGreaterThan(4)
    expect(findSecrets(relay.datagrams, secrets)).toEqual([])
  })

  test('would be found out: the search sees a secret that is there', async () => {
    const { path, secrets } = makeMarkedFile(folder.path, 'random', 4)
    const clear = [Buffer.from(path), readFileSync(path)]
    expect(findSecrets(clear, secrets)).toHaveLength(secrets.length)
    expect(findSecrets(clear.slice(0, 1), secrets)).toEqual(['the name of the random file'])
  })
})
