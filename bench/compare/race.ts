// One run of one contender over a line of its own: prepared, watched, cut off at the cap, and its result compared byte
// by byte. Says why a run proves nothing, where others had the processors or the emulator was late.

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Pair } from '../../netsim/netns.ts'
import { areSame, warmMemory } from '../files.ts'
import { killRunning, machineBusySeconds, runningNow } from '../process.ts'
import type { Contender, Job, Ran } from './contenders/contender.ts'
import { type Line, openLine } from './line.ts'
import { type Observed, Observer } from './observer.ts'
import { cpuSecondsOf, endTree, treeOf } from './process_tree.ts'
import { measured, type RunFacts } from './schema.ts'
import type { Stage } from './workload_files.ts'

/** More of a processor used by others, and a run proves nothing. */
export const foreignProcessorsMost = 0.3
/** A contender that has sent nothing by then has failed. */
const startSecondsMax = 60
const watchMillis = 50
/** A target, and half as much for what else is kept meanwhile. */
const warmShare = 1.5

export interface Race {
  readonly contender: Contender
  readonly scenario: string
  readonly workload: string
  readonly profile: string | undefined
  readonly stage: Stage
  readonly kind: 'file' | 'tree'
  readonly hasOld: boolean
  readonly sizeBytes: number
  readonly preparation: Pair
  /** An empty folder's path. */
  readonly folder: string
  readonly round: number
  readonly capSeconds: number
  readonly seed: number
}

type End =
  | { readonly kind: 'done'; readonly ran: Ran }
  | { readonly kind: 'cut'; readonly seconds: number; readonly cpuSeconds: number }
  | { readonly kind: 'failed'; readonly why: string }

export async function runOnce(race: Race, attempt: number): Promise<RunFacts> {
  const { contender, stage, folder } = race
  const line = await openLine(race.profile, race.seed + race.round)
  try {
    mkdirSync(folder)
    const job: Job = { ...race, line }
    stage.hold(race.hasOld ? 'old' : 'new')
    const unprepared = await failureOf(contender.prepare?.(job))
    stage.hold('new')
    spawnSync('sync')
    warmMemory(folder, warmShare * race.sizeBytes)
    // into the page cache, should another's memory have pushed it out
    spawnSync('bash', ['-c', 'tar -c -f - "$0" 2>/dev/null | cat >/dev/null', stage.path])
    const run = unprepared === undefined ? () => contender.run(job) : () => Promise.reject(unprepared)
    return await watch(race, run, line, attempt)
  } finally {
    endTree(runningPids())
    killRunning()
    await line.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function failureOf(prepared: Promise<void> | undefined): Promise<Error | undefined> {
  try {
    await prepared
    return undefined
  } catch (error) {
    return new Error(`not prepared: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function watch(race: Race, run: () => Promise<Ran>, line: Line, attempt: number): Promise<RunFacts> {
  const { contender, stage } = race
  const before = await line.count()
  const observer = await Observer.open(line)
  const busyBefore = machineBusySeconds()
  const ownBefore = ownCpuSeconds()
  const startedAt = performance.now()
  const end = await untilEnd(run(), observer, race.capSeconds)
  const observed = observer.close()
  const windowSeconds = (performance.now() - startedAt) / 1000
  const after = await line.count()
  const usedSeconds = ownCpuSeconds() - ownBefore + after.cpuSeconds - before.cpuSeconds + cpuOf(end)
  const foreign = Math.max(0, (machineBusySeconds() - busyBefore - usedSeconds) / windowSeconds)
  const disturbances = [
    ...(foreign > foreignProcessorsMost ? [`others used ${foreign.toFixed(2)} processors`] : []),
    ...(after.noise ? [after.noise] : []),
  ]
  const wire = { out: minus(after.out, before.out), back: minus(after.back, before.back) }
  const told = end.kind === 'done' ? end.ran : undefined
  const isIdentical = told?.target === undefined ? null : isSame(race.kind, stage.path, told.target)
  return {
    ...{
      scenario: race.scenario,
      workload: race.workload,
      contender: contender.name,
      round: race.round,
      attempt,
    },
    ending: end.kind,
    ...timesOf(end, contender),
    contentBytes: race.sizeBytes,
    reusedBytes: told?.reusedBytes ?? null,
    ...wire,
    arrivedBytes: after.arrivedBytes - before.arrivedBytes,
    retransmittedShare: measured(contender.isTcp ? observed.tcpRetransmittedShare : told?.retransmittedShare),
    senderCpuSeconds: measured(told?.senderCpuSeconds),
    receiverCpuSeconds: measured(told?.receiverCpuSeconds),
    senderRssBytes: measured(told?.senderRssBytes),
    receiverRssBytes: measured(told?.receiverRssBytes),
    senderAnonBytes: measured(told?.senderAnonBytes),
    receiverAnonBytes: measured(told?.receiverAnonBytes),
    foreignProcessors: foreign,
    lateMicros99: after.lateMicros99,
    disturbances,
    isIdentical,
    congestion: congestionOf(contender, told, observed),
    note: end.kind === 'failed' ? end.why : (told?.note ?? ''),
    arrivals: observed.arrivals.map(([seconds, bytes]) => [Number(seconds.toFixed(3)), bytes] as const),
  }
}

function timesOf(end: End, { isMemory }: Contender): Pick<RunFacts, 'seconds' | 'transferSeconds'> {
  if (end.kind === 'cut') return { seconds: end.seconds, transferSeconds: null }
  if (end.kind === 'failed') return { seconds: null, transferSeconds: null }
  const { wallSeconds, transferSeconds } = end.ran
  // a ceiling is what the line gave, without the start of a program that nobody would start
  return {
    seconds: measured(isMemory ? transferSeconds : wallSeconds),
    transferSeconds: measured(transferSeconds),
  }
}

function congestionOf({ isTcp }: Contender, told: Ran | undefined, observed: Observed): string | null {
  return told?.congestion ?? (isTcp ? (observed.congestion ?? null) : null)
}

/** The run, or the cap. One that was cut off ends soon after by itself, since its processes have. */
async function untilEnd(run: Promise<Ran>, observer: Observer, capSeconds: number): Promise<End> {
  let isOver = false
  const ended = run.then(
    (ran): End => ({ kind: 'done', ran }),
    (error: unknown): End => ({
      kind: 'failed',
      why: error instanceof Error ? error.message : String(error),
    }),
  )
  const capped = new Promise<End>(resolve => {
    const timer = setInterval(() => {
      if (isOver) return clearInterval(timer)
      const seconds = observer.seconds
      if (seconds === undefined && observer.openSeconds < startSecondsMax) return
      if (seconds !== undefined && seconds < capSeconds) return
      clearInterval(timer)
      const pids = runningPids()
      const cpuSeconds = cpuSecondsOf(pids)
      const tails = runningNow().map(({ name, tail }) => `${name}: ${tail.trim() || 'silent'}`)
      endTree(pids)
      resolve(
        seconds === undefined
          ? { kind: 'failed', why: [`no packet in ${startSecondsMax} s`, ...tails].join('; ') }
          : { kind: 'cut', seconds, cpuSeconds },
      )
    }, watchMillis)
  })
  const end = await Promise.race([ended, capped])
  isOver = true
  // whatever it starts after that goes the same way
  const ender = setInterval(() => endTree(runningPids()), watchMillis)
  await ended
  clearInterval(ender)
  return end
}

const runningPids = (): number[] => runningNow().flatMap(({ pid }) => treeOf(pid))

function cpuOf(end: End): number {
  if (end.kind === 'cut') return end.cpuSeconds
  if (end.kind === 'failed') return 0
  const { senderCpuSeconds, receiverCpuSeconds } = end.ran
  return (measured(senderCpuSeconds) ?? 0) + (measured(receiverCpuSeconds) ?? 0)
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const minus = (now: { packets: number; ipBytes: number }, then: { packets: number; ipBytes: number }) => ({
  packets: now.packets - then.packets,
  ipBytes: now.ipBytes - then.ipBytes,
})

/** Of a tree: names and the bytes of every file; what else an entry has is judged by bench/cases/trees. */
function isSame(kind: 'file' | 'tree', source: string, target: string): boolean {
  if (kind === 'file') return areSame(source, target)
  return spawnSync('diff', ['-r', '-q', '--no-dereference', source, target]).status === 0
}

export const scratchFolderOf = (scratch: string): string => join(scratch, 'run')
