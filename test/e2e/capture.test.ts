// What someone between the peers can read: everything they say goes through a relay that keeps it, to a stranger (XX)
// and then to a peer that is known (IK), and nothing of the file, its name, its ids or the peers' keys is in it. The
// same on a real interface: bench/cases/capture. Guarantees of §20: confidentiality.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort, RecordingRelay } from '../../bench/relay.ts'
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

/** Sends one marked file through the relay. Everything of it that must stay secret. */
async function sendMarked(content: Content): Promise<Secret[]> {
  const { path, secrets } = makeMarkedFile(folder.path, content, blocks)
  const out = folder.at('out')
  mkdirSync(out, { recursive: true })
  const words = ['recv', '--yes', '--json', '--port', String(port), '-o', out]
  const receiver = Pfs.start(words, { home: folder.at('receiver') })
  await receiver.ready()
  const sent = await pfs(['send', '--json', path, `127.0.0.1:${relay.port}`], { home: folder.at('sender') })
  expect(sent.status, sent.stderr).toBe(0)
  expect((await receiver.finished).status).toBe(0)
  expect(readFileSync(join(out, path.slice(folder.path.length + 1))).equals(readFileSync(path))).toBe(true)
  const { blob_id } = JSON.parse(sent.stdout) as { blob_id: string }
  return [...secrets, ...(await idsOf(path, folder.at('sender/data/pool'), blob_id))]
}

describe('someone on the way', () => {
  for (const content of contents) {
    test(`reads nothing of a ${content} file, its name, its ids or the peers' keys`, async () => {
      const toStranger = await sendMarked(content)
      const packetsToStranger = relay.datagrams.length
      const toKnown = await sendMarked(content)
      const keys = [
        ...(await keysOf('sender', folder.at('sender'))),
        ...(await keysOf('receiver', folder.at('receiver'))),
      ]
      expect(packetsToStranger).toBeGreaterThan(4)
      expect(relay.datagrams.length - packetsToStranger).toBeGreaterThan(4)
      expect(findSecrets(relay.datagrams, [...toStranger, ...toKnown, ...keys])).toEqual([])
    })
  }

  test('would be found out: the search sees a secret that is there', async () => {
    const { path, secrets } = makeMarkedFile(folder.path, 'random', 4)
    const clear = [Buffer.from(path), readFileSync(path)]
    expect(findSecrets(clear, secrets)).toHaveLength(secrets.length)
    expect(findSecrets(clear.slice(0, 1), secrets)).toEqual(['the name of the random file'])
  })
})
