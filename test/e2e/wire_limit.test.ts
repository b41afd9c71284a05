// As many bytes on the wire as a side lets go, by real sessions over loopback.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { randomBytes } from '../pool/scratch.ts'
import { codeOf, Meeting } from '../support/sessions.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.remove())

function file(bytes: number, name = 'f'): string {
  writeFileSync(meeting.at(name), randomBytes(bytes, 1))
  return meeting.at(name)
}

test.each(['sender', 'receiver'] as const)(
  'the %s ends it with PFS_LIMIT, and the next attempt goes on',
  async who => {
    const path = file(12 * MiB)
    const limit = { maxWireBytes: 5 * MiB }
    const there = await meeting.receiver(who === 'receiver' ? limit : {})
    const here = meeting.sender(there.port, { paths: [path], ...(who === 'sender' ? limit : {}) })
    const codes = [await codeOf(here.result), await codeOf(there.result)]
    expect(codes).toEqual(who === 'sender' ? ['PFS_LIMIT', 'PFS_CANCELLED'] : ['PFS_CANCELLED', 'PFS_LIMIT'])
    const { sent } = await meeting.transfer({ paths: [path] })
    expect(sent.reusedBytes).toBeGreaterThan(1 * MiB)
    expect(sent.wireBytes).toBeLessThan(11 * MiB)
    expect(readFileSync(join(meeting.out, 'f')).equals(readFileSync(path))).toBe(true)
  },
)
