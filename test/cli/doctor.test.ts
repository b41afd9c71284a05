// pfs doctor: a line for each part, and the same as a document.

import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { doctor } from '../../src/cli/commands/doctor.ts'
import { noLog } from '../../src/cli/log.ts'
import type { Settings } from '../../src/cli/settings.ts'
import { resolveWithoutFiles } from '../../src/config/resolve.ts'
import { Screen } from './screen.ts'

async function run(settings: Partial<Settings>): Promise<Screen> {
  const screen = new Screen(settings)
  const directories = { config: tmpdir(), pool: tmpdir(), jobs: tmpdir() }
  const { terminal } = screen
  const configuration = resolveWithoutFiles({}, {})
  const interruptible = () => AbortSignal.abort()
  await doctor.run(
    {},
    { settings: screen.settings, configuration, log: noLog, terminal, directories, interruptible },
  )
  return screen
}

test('every line says whether it is well, what it is about and what is in use', async () => {
  const { stdout, stderr } = await run({})
  const lines = stdout.split('\n').slice(0, -1)
  expect(lines.length).toBeGreaterThanOrEqual(9)
  for (const line of lines) expect(line).toMatch(/^(ok |warn) +[a-z]+ +\S/)
  expect(stderr).toBe('')
})

test('--json is one document with the same checks', async () => {
  const { checks, version } = JSON.parse((await run({ isJson: true })).stdout)
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
  for (const check of checks) {
    expect(check).toMatchObject({ name: expect.any(String), says: expect.any(String) })
    expect(['ok', 'warn']).toContain(check.status)
  }
})
