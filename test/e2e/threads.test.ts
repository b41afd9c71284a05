// What several threads of one process keep in one folder: a send to several hosts has a thread for each. Needs the build,
// because a worker runs it.

import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { scratch } from '../support/pfs.ts'

const keeping = `
const { workerData, parentPort } = require('node:worker_threads')
import(workerData.keep).then(({ keep }) => {
  for (let at = 0; at < 200; at++) keep(workerData.path, 'x'.repeat(1000))
  parentPort.postMessage('kept')
})`

test('two threads that replace one file at once both succeed', async () => {
  const here = scratch()
  const workerData = {
    keep: join(import.meta.dirname, '../../dist/src/host/keep.js'),
    path: here.at('pool.json'),
  }
  const run = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(keeping, { eval: true, workerData })
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  expect(await Promise.all([run(), run(), run()])).toEqual(['kept', 'kept', 'kept'])
  here.remove()
})
