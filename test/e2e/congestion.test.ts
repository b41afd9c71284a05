// --congestion by real processes: every kind carries a file, the configured one as well, and a word that is none says which
// there are. §10-11, §10-12

import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { MiB } from '../../src/base/units.ts'
import { Machines } from '../support/faults.ts'

const machines = new Machines()
afterAll(() => machines.remove())
const port = await freePort()

for (const kind of ['bbr', 'cubic', 'background', 'fixed:80M']) {
  test(`${kind} carries a file`, async () => {
    const receiver = await machines.recv(port, ['--yes'])
    const file = machines.file(`by ${kind.replace(':', ' ')}`, 2 * MiB)
    const sent = await machines.start(['send', file, `127.0.0.1:${port}`, '--congestion', kind], 'here')
      .finished
    expect(sent.status, sent.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
  })
}

test('what is configured holds, and a flag goes before it', async () => {
  mkdirSync(machines.at('congestion'))
  writeFileSync(machines.at('congestion/config.yaml'), 'version: 1\ntransfer: {congestion: reno}\n')
  const file = machines.file('f', 10)
  const words = ['send', file, `127.0.0.1:${port}`]
  await machines.fails(
    [...words, '--config', machines.at('congestion/config.yaml')],
    'PFS_BAD_CONFIG',
    /congestion/,
    /validate/,
  )
})

test('what is none fails before anything is sent, and says what there is', async () => {
  const file = machines.file('g', 10)
  await machines.fails(
    ['send', file, `127.0.0.1:${port}`, '--congestion', 'reno'],
    'PFS_USAGE',
    /reno/,
    /bbr, cubic/,
  )
})
