// An ARM64 node, run here by qemu, and the node of this machine: the addon of each active, a file each way, and the portable
// path of one against the addon of the other. `make arm64` provides that node and starts this; elsewhere it is skipped.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { expectSame, Machines } from '../support/faults.ts'
import { killAll, Pfs, type StartOptions } from '../support/pfs.ts'

/** The command that is an ARM64 node, as a list, and where its own binary packages lie. */
const { PFS_ARM64_NODE: node, PFS_ARM64_NODE_PATH: packages = '' } = process.env
const [emulator = '', ...words] = JSON.parse(node ?? '[]') as string[]
/** qemu takes each instruction for ten or more. */
const limitMillis = 120_000

type Native = 'require' | 'off'
type Kind = 'arm64' | 'x64'

const through: NonNullable<StartOptions['through']> = (_command, args, environment) =>
  spawn(emulator, [...words, ...args], {
    env: { ...environment, NODE_PATH: packages },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

let machines: Machines
beforeEach(() => {
  machines = new Machines()
})
afterEach(async () => {
  await killAll()
  await machines.remove()
})

function start(kind: Kind, native: Native, command: readonly string[]): Pfs {
  // the one of our own folder, whatever the tests around us were told to use
  const environment = { PFS_NATIVE: native, PFS_ADDON: undefined }
  const options: StartOptions = { home: machines.at(kind), environment, limitMillis }
  return Pfs.start(command, kind === 'arm64' ? { ...options, through } : options)
}

describe.skipIf(!node)('ARM64', () => {
  test('has its addon, and its doctor names it', { timeout: limitMillis }, async () => {
    const { stdout, stderr, status } = await start('arm64', 'require', ['doctor', '--json']).finished
    expect(status, stderr).toBe(0)
    const { checks } = JSON.parse(stdout) as { checks: { name: string; [fact: string]: unknown }[] }
    const found = (name: string) => checks.find(check => check.name === name)
    expect(found('node')).toMatchObject({ arch: 'arm64' })
    expect(found('native')).toMatchObject({
      active: true,
      path: expect.stringContaining('prebuilds/linux-arm64'),
    })
    // for whoever reads the log: the rungs of the ladder that qemu lets us have
    console.log(checks.map(({ name, status, says }) => `${status} ${name}: ${says}`).join('\n'))
  })

  const pairings: readonly (readonly [Kind, Native, Kind, Native])[] = [
    ['x64', 'require', 'arm64', 'require'],
    ['arm64', 'require', 'x64', 'require'],
    ['x64', 'require', 'arm64', 'off'],
    ['arm64', 'off', 'x64', 'require'],
  ]
  for (const [from, sending, to, receiving] of pairings) {
    const name = (kind: Kind, native: Native) => `${kind} ${native === 'off' ? 'without' : 'with'} its addon`
    test(`${name(from, sending)} sends to ${name(to, receiving)}`, { timeout: 2 * limitMillis }, async () => {
      const path = machines.file('f', 4 * MiB + 12_345)
      const port = await freePort()
      const receiver = start(to, receiving, ['recv', '-p', String(port), '--yes', '-o', machines.out])
      await receiver.said(/Ready\./, limitMillis)
      const sender = start(from, sending, ['send', path, `127.0.0.1:${port}`, '--json'])
      const sent = await sender.finished
      expect(sent.status, sent.stderr).toBe(0)
      const received = await receiver.finished
      expect(received.status, received.stderr).toBe(0)
      expectSame(join(machines.out, 'f'), path)
    })
  }
})
