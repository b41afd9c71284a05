// What the doctor finds, and what it advises. The machine itself is whatever it is: only limits and words are checked.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MiB } from '../../src/base/units.ts'
import { native } from '../../src/host/addon.ts'
import { bufferCheck, examine, nodeCheck } from '../../src/host/doctor.ts'

const linux = process.platform === 'linux'
/** As the kernel tells what it granted. */
const told = (bytes: number): number => (linux ? 2 * bytes : bytes)

test('every part is looked at once, and every warning has its advice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pfs-doctor-'))
  const checks = await examine(join(folder, 'not', 'yet', 'there'))
  expect(checks.map(check => check.name)).toEqual([
    'node',
    'native',
    'hash',
    'cut',
    'ciphers',
    'udp',
    'buffers',
    'files',
    'zstd',
  ])
  for (const check of checks) {
    expect(check.says, check.name).not.toBe('')
    expect(check.fix !== undefined, check.name).toBe(check.status === 'warn')
  }
  expect(readdirSync(folder), 'nothing is left behind').toEqual([])
  rmSync(folder, { recursive: true })
})

test('the addon is told by its file, or by why there is none', async () => {
  const [, addon] = await examine(tmpdir())
  const { path, why } = native()
  expect(addon?.facts.active).toBe(path !== undefined)
  expect(addon?.says).toContain(path ?? why)
})

describe('socket buffers', () => {
  test('that are all we want are well', () => {
    expect(bufferCheck(4 * MiB, { receive: told(4 * MiB), send: told(4 * MiB) })).toMatchObject({
      status: 'ok',
      facts: { wanted_bytes: 4 * MiB, receive_bytes: 4 * MiB, send_bytes: 4 * MiB },
    })
  })
  test.skipIf(!linux)('that fall short by a byte come with both limits to raise', () => {
    const check = bufferCheck(4 * MiB, { receive: told(4 * MiB), send: told(4 * MiB - 1) })
    expect(check.status).toBe('warn')
    expect(check.fix).toBe('sudo sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304')
  })
})

describe('node', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0'])
    test(`${version} is recent enough`, () => expect(nodeCheck(version).status).toBe('ok'))
  for (const version of ['18.20.0', '20.18.9'])
    test(`${version} is too old`, () => expect(nodeCheck(version).fix).toContain('20.19'))
})
