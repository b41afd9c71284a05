// The file behind a trace: in order, bounded, and never in anybody's way: what the disk does not take is counted.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QlogFolder } from '../../../src/net/qlog/qlog_folder.ts'
import { RecordFile } from '../../../src/net/qlog/record_file.ts'
import { scratch } from '../../support/pfs.ts'
import { checkedQlog, parseSequence } from '../../support/qlog.ts'

let here: ReturnType<typeof scratch>
beforeEach(() => {
  here = scratch()
})
afterEach(() => here.remove())

const read = (name: string): unknown[] => parseSequence(readFileSync(here.at(name), 'utf8'))

describe('a file of records', () => {
  test('has all of them in order, for nobody else’s eyes', async () => {
    const file = new RecordFile(here.at('a'), () => {})
    const records = Array.from({ length: 5000 }, (_, i) => ({ i, text: 'é\n'.repeat(i % 40) }))
    for (const record of records) file.append(record)
    await file.end()
    expect(read('a')).toEqual(records)
    expect(file.dropped).toBe(0)
    expect(statSync(here.at('a')).mode & 0o777).toBe(0o600)
  })

  test('drops and counts what comes faster than the disk takes it, and what comes after its end', async () => {
    const file = new RecordFile(here.at('a'), () => {})
    const record = { text: 'x'.repeat(1000) }
    // nothing is written before this turn of the loop is over
    for (let i = 0; i < 10_000; i++) file.append(record)
    expect(file.dropped).toBeGreaterThan(5000)
    const { dropped } = file
    await file.end()
    expect(read('a').length).toBe(10_000 - dropped)
    file.append(record)
    expect(file.dropped).toBe(dropped + 1)
  })

  test('that is there already is left as it is, and said once', async () => {
    writeFileSync(here.at('a'), 'mine')
    const faults: unknown[] = []
    const file = new RecordFile(here.at('a'), error => faults.push(error))
    for (let i = 0; i < 10; i++) file.append({ i })
    await file.end()
    expect(faults).toMatchObject([{ code: 'EEXIST' }])
    expect(file.dropped).toBe(10)
    expect(readFileSync(here.at('a'), 'utf8')).toBe('mine')
  })
})

describe('the folder', () => {
  const peer = (role: 'initiator' | 'responder', id: number) => ({
    role,
    localId: new Uint8Array(8).fill(id),
    address: { host: '127.0.0.1', port: 1 },
  })

  test('is made, and gets a file for each peer that is there, by its connection id', async () => {
    const folder = await QlogFolder.open(here.at('a/b'), () => {})
    folder.observe(1000, peer('initiator', 1))
    folder.observe(2000, peer('responder', 2)).onConfirmed(2500)
    folder.observe(3000, peer('responder', 3)).onHandshakeSent(3000, 100)
    await folder.close()
    const names = ['initiator-0101010101010101.sqlog', 'responder-0202020202020202.sqlog']
    expect(readdirSync(here.at('a/b')).sort()).toEqual(names)
    const { events } = checkedQlog(read(`a/b/${names[1]}`))
    expect(events.map(({ time }) => time)).toEqual([0, 0.5])
    expect(folder.dropped).toBe(0)
  })

  test('takes so many files and no more: peers that come and go for ever do not fill the disk', async () => {
    const said: string[] = []
    const folder = await QlogFolder.open(here.path, text => said.push(text))
    for (let i = 0; i < 1030; i++) {
      const localId = Uint8Array.of(0, 0, 0, 0, 0, 0, i >> 8, i)
      const observer = folder.observe(0, { ...peer('responder', 0), localId })
      observer.onConfirmed(1)
      observer.onGone(2)
    }
    await folder.close()
    expect(readdirSync(here.path).length).toBe(1024)
    // of each of the six others: its header, its start, its confirmation and its end
    expect(folder.dropped).toBe(24)
    expect(said).toEqual(['the qlog lacks 24 records: the disk did not keep up'])
  })

  test('that cannot be made is a fault of the disk', async () => {
    writeFileSync(here.at('a'), '')
    await expect(QlogFolder.open(here.at('a/b'), () => {})).rejects.toMatchObject({ code: 'PFS_WRITE' })
  })
})
