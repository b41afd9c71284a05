// One run over a real line: what is counted, what is compared, and how a contender is cut off. Needs root, for namespaces.

import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Contender, Job } from '../../bench/compare/contenders/contender.ts'
import { cpuSecondsOf, endTree, treeOf } from '../../bench/compare/process_tree.ts'
import { type Race, runOnce } from '../../bench/compare/race.ts'
import { makeWorkload, Stage } from '../../bench/compare/workload_files.ts'
import { workloads } from '../../bench/compare/workloads.ts'
import { Watched } from '../../bench/process.ts'
import { costs } from '../../bench/rivals/program.ts'
import { canMakePairs, makePair, type Pair } from '../../netsim/netns.ts'
import { MiB } from '../../src/base/units.ts'

const pipes = ['ignore', 'pipe', 'pipe'] as const
const receive = `const file = require('fs').createWriteStream(process.argv[2])
const server = require('net').createServer(s => s.pipe(file).on('close', () => process.exit()))
server.listen(9000, process.argv[1], () => console.log('listens'))`
const send = `require('fs').createReadStream(process.argv[2]).pipe(require('net').connect(9000, process.argv[1]))`

/** @param after what else happens before it says that it is done */
function copier(after: (job: Job, target: string) => void | Promise<void> = () => {}): Contender {
  return {
    name: 'copier',
    carries: ['file'],
    isDelta: false,
    isMemory: false,
    isYardstick: false,
    isEncrypted: false,
    isSynced: false,
    isTcp: true,
    find: () => '1',
    async run(job) {
      const { left, right } = job.line
      const target = join(job.folder, 'target')
      const words = (script: string, path: string): string[] => ['-e', script, right.address, path]
      const start = (side: typeof left, args: string[]): Watched =>
        new Watched('copier', side.spawn(process.execPath, args, { stdio: [...pipes] }))
      const receiver = start(right, words(receive, target))
      await receiver.says(/listens/)
      const sender = start(left, words(send, job.stage.path))
      await Promise.all([sender.ended, receiver.ended])
      await after(job, target)
      return { ...costs(sender, receiver), target, note: '' }
    },
  }
}

/** One that has ended may be listed until somebody waits for it. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^ Z/.test(stat.slice(stat.lastIndexOf(')') + 1))
  } catch {
    return false
  }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pfs-race-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function race(contender: Contender, capSeconds: number) {
  const [workload] = workloads
  if (!workload) throw new Error('no workloads')
  const stage = new Stage(makeWorkload(workload, { fileBytes: MiB, treeFiles: 0 }, join(folder, 'work'), 1))
  const preparation: Pair = makePair()
  try {
    const one: Race = {
      ...{
        contender,
        stage,
        preparation,
        capSeconds,
        scenario: 'raw',
        workload: 'random',
        profile: undefined,
      },
      ...{ kind: 'file', hasOld: false, sizeBytes: MiB, folder: join(folder, 'run'), round: 0, seed: 1 },
    }
    return await runOnce(one, 0)
  } finally {
    preparation.remove()
  }
}

describe.skipIf(!canMakePairs())('a run', () => {
  test('counts what crossed the line and compares what arrived', async () => {
    const run = await race(copier(), 60)
    expect(run).toMatchObject({ ending: 'done', isIdentical: true, contentBytes: MiB, reusedBytes: null })
    expect(run.out.ipBytes).toBeGreaterThan(MiB)
    expect(run.out.ipBytes).toBeLessThan(1.1 * MiB)
    expect(run.arrivals.at(-1)?.[1]).toBe(run.out.ipBytes)
    expect(run.senderCpuSeconds).toBeNull()
  })

  test('says when the file is another', async () => {
    const run = await race(
      copier((_job, target) => appendFileSync(target, '.')),
      60,
    )
    expect(run).toMatchObject({ ending: 'done', isIdentical: false })
  })

  test('is cut off at the cap, with what had arrived, and leaves no process', async () => {
    const pids: number[] = []
    const stuck = copier(async ({ line }) => {
      const sleeper = new Watched('sleeper', line.left.spawn('sleep', ['600'], { stdio: [...pipes] }))
      pids.push(sleeper.pid)
      await sleeper.ended
      throw new Error('it was ended')
    })
    const run = await race(stuck, 1)
    expect(run).toMatchObject({ ending: 'cut', isIdentical: null, senderCpuSeconds: null })
    expect(run.arrivedBytes).toBeGreaterThan(MiB)
    expect(pids.map(isRunning)).toEqual([false])
  })

  test('that cannot be prepared has failed, and says why', async () => {
    const unready = { ...copier(), prepare: () => Promise.reject(new Error('no room')) }
    expect(await race(unready, 60)).toMatchObject({ ending: 'failed', note: 'not prepared: no room' })
  })
})

test('a tree of processes is found, counted and ended', async () => {
  const child = spawn('bash', ['-c', 'sleep 600 & for i in {1..60000}; do :; done; echo begun; wait'], {
    stdio: [...pipes],
  })
  await new Promise(begun => child.stdout.once('data', begun))
  const pids = treeOf(child.pid ?? 0)
  expect(pids).toHaveLength(2)
  expect(cpuSecondsOf(pids)).toBeGreaterThan(0)
  const ended = new Promise(resolve => child.once('close', (_code, signal) => resolve(signal)))
  endTree(pids)
  expect(await ended).toBe('SIGKILL')
  expect(pids.map(isRunning)).toEqual([false, false])
})
