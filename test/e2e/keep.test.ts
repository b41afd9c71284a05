// A file that several threads of one process write at once, as `pfs send` to several hosts does with a new pool: each
// write goes well, and the file is whole at any time. Runs the built file, which threads can load.

import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readKept } from '../../src/host/keep.ts'
import { scratch } from '../support/pfs.ts'

let here = scratch()
beforeEach(() => {
  here = scratch()
})
afterEach(() => here.remove())

const built = pathToFileURL(join(import.meta.dirname, '../../dist/src/host/keep.js')).href

test('threads that keep one file at once do not take each other’s away', async () => {
  const path = here.at('f')
  const program = `
    const { workerData: path, parentPort } = require('node:worker_threads')
    import(${JSON.stringify(built)}).then(({ keep }) => {
      for (let i = 0; i < 200; i++) keep(path, 'x'.repeat(1000))
      parentPort.postMessage('done')
    })`
  const workers = Array.from({ length: 4 }, () => new Worker(program, { eval: true, workerData: path }))
  // a fault in one of them rejects
  await Promise.all(workers.map(worker => once(worker, 'message')))
  await Promise.all(workers.map(worker => worker.terminate()))
  expect(readKept(path)).toBe('x'.repeat(1000))
  expect(readdirSync(here.path)).toEqual(['f'])
})
