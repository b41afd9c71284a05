// Where the addon is looked for, what becomes of one that is missing or damaged, and that every thread may load it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { load, native, nativeMode } from '../../src/host/addon.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfs-addon-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function faultOf(work: () => unknown): PfsError {
  try {
    work()
  } catch (error) {
    if (error instanceof PfsError) return error
    throw error
  }
  throw new Error('no fault')
}

describe('PFS_NATIVE', () => {
  test('is auto unless set', () => {
    expect([nativeMode({}), nativeMode({ PFS_NATIVE: '' }), nativeMode({ PFS_NATIVE: 'auto' })]).toEqual([
      'auto',
      'auto',
      'auto',
    ])
  })
  test('of another word is a slip, told with the three it may be', () => {
    const fault = faultOf(() => load({ PFS_NATIVE: 'yes' }))
    expect([fault.code, fault.hint]).toEqual(['PFS_USAGE', 'Set it to off, auto or require.'])
  })
  test('off looks at no file', () => {
    const damaged = join(folder, 'pfs.node')
    writeFileSync(damaged, 'no addon')
    const state = load({ PFS_NATIVE: 'off', PFS_ADDON: damaged })
    expect(state).toEqual({ addon: undefined, path: undefined, why: 'PFS_NATIVE=off' })
  })
  test('require without an addon is a fault that says how to get one', () => {
    const fault = faultOf(() => load({ PFS_NATIVE: 'require', PFS_ADDON: join(folder, 'none') }))
    expect(fault.code).toBe('PFS_INTERNAL')
    expect(fault.message).toContain('none is not there')
    expect(fault.hint).toContain('npm run build:native')
  })
})

describe('an addon', () => {
  test('that is not there leaves the portable path, and says which it was', () => {
    const state = load({ PFS_ADDON: join(folder, 'none') })
    expect(state).toMatchObject({ addon: undefined, path: undefined })
    expect(state.why).toBe(`${join(folder, 'none')} is not there`)
  })
  test('of other sources is not half understood, and says what to do', () => {
    const stale = join(folder, 'stale.cjs')
    writeFileSync(stale, 'module.exports = { faces: 0, planeCreate() {} }')
    const state = load({ PFS_ADDON: stale })
    expect(state.addon).toBeUndefined()
    expect(state.why).toContain('npm run build:native')
  })
  test('that is damaged leaves the portable path, and says so', () => {
    const damaged = join(folder, 'pfs.node')
    writeFileSync(damaged, 'no addon')
    const state = load({ PFS_ADDON: damaged })
    expect(state.addon).toBeUndefined()
    expect(state.why).toMatch(/pfs\.node does not load: ./)
  })
})

describe.skipIf(native().addon === undefined)('our addon', () => {
  test('names the instruction sets it may use', () => {
    const { cpuFeatures } = native().addon as { cpuFeatures: () => string }
    expect(cpuFeatures()).toMatch(/^(none|[a-z0-9.]+( [a-z0-9.]+)*)$/)
  })
  test('loads in many threads at once, each with exports of its own, and outlives them', async () => {
    const path = native().path ?? ''
    const code = `const { parentPort } = require('node:worker_threads')
      parentPort.postMessage(require(${JSON.stringify(path)}).cpuFeatures())`
    const said = Array.from({ length: 4 }, async () => {
      const worker = new Worker(code, { eval: true })
      const text = await new Promise<unknown>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      await worker.terminate()
      return text
    })
    const { cpuFeatures } = native().addon as { cpuFeatures: () => string }
    expect(await Promise.all(said)).toEqual(Array(4).fill(cpuFeatures()))
  })
})
