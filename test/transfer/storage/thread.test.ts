// The storage side on a thread of its own: calls, events, buffers that change hands, and what is heard when it dies.
// Runs from dist, because a worker does.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KiB } from '../../../src/base/units.ts'
import type { SourceEvent } from '../../../src/transfer/storage/events.ts'
import type * as thread from '../../../src/transfer/storage/thread.ts'
import { randomBytes, scratch } from '../../pool/scratch.ts'

const built = join(import.meta.dirname, '../../../dist/src/transfer/storage/thread.js')
const { StorageThread } = (await import(built)) as typeof thread

async function open() {
  const root = scratch(true)
  const notices: string[] = []
  const options = { pool: join(root, 'pool'), jobs: join(root, 'jobs'), mayLearn: true }
  const storage = await StorageThread.open(options, text => notices.push(text))
  return { root, storage, notices }
}

test('calls are answered, faults keep their kind, and events find their listener', async () => {
  const { root, storage, notices } = await open()
  expect(notices.join()).toMatch(/made a new one/)
  await expect(storage.call('prepareFile', [join(root, 'nothing')])).rejects.toMatchObject({
    name: 'PfsError',
    code: 'PFS_NOT_FOUND',
  })
  const path = join(root, 'file')
  writeFileSync(path, randomBytes(100 * KiB, 1))
  const { handle } = await storage.call('prepareFile', [path])
  const ended = new Promise<SourceEvent[]>(resolve => {
    const events: SourceEvent[] = []
    storage.listenSource(handle, event => {
      events.push(event)
      if (event.kind === 'round_end') resolve(events)
    })
  })
  await storage.call('openSource', [handle, { held: [], sources: [], codecs: [] }])
  await storage.call('streamSource', [handle])
  const lengths = (await ended).flatMap(event => {
    return event.kind === 'piece' ? event.piece.literals.map(({ bytes }) => bytes.length) : []
  })
  expect(lengths).toEqual([100 * KiB])
  await storage.close()
})

test('whoever waits for a reply or an event hears of its death, and of what was forgotten nobody', async () => {
  const { storage } = await open()
  const heard: string[] = []
  storage.listenSource(101, event => heard.push(`source ${event.kind}`))
  storage.listenBuild(102, event => heard.push(`build ${event.kind}`))
  storage.listenBuild(103, event => heard.push(`forgotten ${event.kind}`))
  storage.forget(103)
  storage.tell('streamSource', [999]) // a bug of ours: there is no such source
  await expect(storage.call('repairSource', [999, []])).rejects.toMatchObject({ code: 'PFS_INTERNAL' })
  expect(heard).toEqual(['source failed', 'build failed'])
  await expect(storage.call('listBlobs', [])).rejects.toMatchObject({ code: 'PFS_INTERNAL' })
  await storage.close()
})
