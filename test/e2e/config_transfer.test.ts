// That a transfer does as it is configured, on both sides, where no flag says otherwise.

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { Machines } from '../support/faults.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(() => machines.remove())

function configure(home: string, text: string): void {
  mkdirSync(machines.at(`${home}/config`), { recursive: true })
  writeFileSync(machines.at(`${home}/config/config.yaml`), `version: 1\n${text}`)
}

test('recv listens, writes, keeps on and decides as configured; a flag outdoes each', async () => {
  const [configuredOut, flagOut] = [machines.at('in'), machines.at('other')]
  for (const folder of [configuredOut, flagOut]) mkdirSync(folder)
  configure(
    'there',
    `receive: {port: ${port}, out: ${configuredOut}, keep: true}\ntransfer: {on_conflict: rename}\n`,
  )
  const file = machines.file('f', 1000)
  const receiver = machines.start(['recv', '--yes'], 'there')
  await receiver.ready()
  for (let round = 0; round < 2; round++) {
    writeFileSync(file, `version ${round}`)
    const sent = await machines.send(file, port).finished
    expect(sent.status, sent.stderr).toBe(0)
  }
  expect(machines.arrived(configuredOut)).toHaveLength(2)
  expect(readFileSync(join(configuredOut, 'f'), 'utf8')).toBe('version 0')
  await receiver.kill()

  const flagPort = await freePort()
  const once = machines.start(['recv', '--yes', '--once', '-p', String(flagPort), '-o', flagOut], 'there')
  await once.ready()
  expect((await machines.send(file, flagPort).finished).status).toBe(0)
  expect((await once.finished).status).toBe(0)
  expect(existsSync(join(flagOut, 'f'))).toBe(true)
})

test('send obeys limits and links; PFS_BWLIMIT that is none names itself', async () => {
  configure('here', 'transfer: {links: skip, max_transfer: 100kB}')
  const tree = machines.at('tree')
  mkdirSync(tree)
  symlinkSync('nowhere', join(tree, 'link'))
  writeFileSync(join(tree, 'file'), 'content')
  const receiver = await machines.recv(port)
  expect((await machines.send(tree, port).finished).status).toBe(0)
  expect((await receiver.finished).status).toBe(0)
  expect([existsSync(join(machines.out, 'tree/file')), machines.arrived(join(machines.out, 'tree'))]).toEqual(
    [true, ['file']],
  )
  const again = await machines.recv(port)
  const limited = await machines.send(machines.file('big', 1_000_000), port).finished
  expect(limited.status, limited.stderr).toBe(14)
  await again.kill()
})

test('recv lets in whom it is configured to', async () => {
  const version = await machines.start(['version', '--json'], 'here').finished
  configure('there', `receive: {allow: [${JSON.parse(version.stdout).peer_id}]}`)
  const receiver = await machines.recv(port, [])
  const sent = await machines.send(machines.file('f', 1000), port).finished
  expect(sent.status, sent.stderr).toBe(0)
  expect((await receiver.finished).status).toBe(0)
})
