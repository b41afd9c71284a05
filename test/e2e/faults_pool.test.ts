// A pool that rots: flipped bytes in segments, an index that is damaged or gone, segments that are gone. The pool is
// advice and the blob id is the judge, so every transfer still ends with the very bytes that were sent.

import {
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectSame, Machines, segmentsOf } from '../support/faults.ts'

const fileBytes = 4 * MiB

/** Both pools have learnt the file `f`, and the receiver's own copy of it is gone. */
async function learnt(onTestFinished: (undo: () => Promise<void>) => void) {
  const machines = new Machines()
  onTestFinished(() => machines.remove())
  const port = await freePort()
  const file = machines.file('f', fileBytes)
  await machines.transfer(file, port)
  rmSync(machines.at('out/f'))
  return { machines, port, file }
}

/** One byte in every 100 KB, beyond the segment's own header. */
function rot(path: string): void {
  const fd = openSync(path, 'r+')
  const { size } = statSync(path)
  for (let at = 5_000; at < size; at += 100_000) writeSync(fd, Buffer.of(0x5a, 0xa5), 0, 2, at)
  closeSync(fd)
}

const segments = (machines: Machines, home: string): string[] => {
  const found = segmentsOf(machines.at(home))
  expect(found.length).toBeGreaterThan(0)
  return found
}

const damages: readonly (readonly [string, (machines: Machines) => void])[] = [
  ['flipped bytes in its segments', machines => segments(machines, 'there').forEach(rot)],
  [
    'segments cut in half',
    machines => {
      for (const path of segments(machines, 'there')) truncateSync(path, statSync(path).size / 2)
    },
  ],
  [
    'segments that are gone',
    machines => {
      for (const path of segments(machines, 'there')) rmSync(path)
    },
  ],
]

describe.concurrent('a receiver whose pool has', () => {
  for (const [name, damage] of damages) {
    test(`${name} ends with the very bytes all the same`, async ({ onTestFinished }) => {
      const { machines, port, file } = await learnt(onTestFinished)
      damage(machines)
      await machines.transfer(file, port)
      expectSame(machines.at('out/f'), file)
    })
  }

  test('flipped bytes builds a new version of a file from what is left', async ({ onTestFinished }) => {
    const { machines, port, file } = await learnt(onTestFinished)
    segments(machines, 'there').forEach(rot)
    const bytes = readFileSync(file)
    bytes.fill(7, MiB, MiB + 50_000)
    writeFileSync(file, bytes)
    await machines.transfer(file, port)
    expectSame(machines.at('out/f'), file)
  })
})

const indexDamages: readonly (readonly [string, (directory: string) => void])[] = [
  ['gone', directory => rmSync(directory, { recursive: true })],
  ['overwritten', directory => writeFileSync(join(directory, 'data.mdb'), Buffer.alloc(100_000, 0x5a))],
]

describe.concurrent('an index that is', () => {
  for (const home of ['here', 'there']) {
    const side = home === 'here' ? 'sender' : 'receiver'
    for (const [name, damage] of indexDamages) {
      test(`${name} at the ${side} is made anew, which is said, and the file arrives`, async ({
        onTestFinished,
      }) => {
        const { machines, port, file } = await learnt(onTestFinished)
        damage(machines.at(join(home, 'data/pool/index')))
        const receiver = await machines.recv(port)
        const sender = machines.send(file, port, ['--json'])
        const sent = await sender.finished
        const received = await receiver.finished
        expect([sent.status, received.status], sent.stderr + received.stderr).toEqual([0, 0])
        const notices = home === 'here' ? sent.stderr : received.stderr
        expect(notices).toMatch(/pool: .*index anew/)
        expectSame(machines.at('out/f'), file)
        const { wire_bytes } = JSON.parse(sent.stdout)
        // the sender's stat cache is lost with its index: it names the file by a scan, and still sends next to nothing
        expect(wire_bytes).toBeLessThan(home === 'here' ? fileBytes * 1.1 : 100_000)
      })
    }
  }
})
