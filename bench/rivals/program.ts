// Contenders that are node programs of our own around somebody's transport: one file each, run twice, as
//
//   receive ADDRESS TARGET FOLDER      prints {"port":N}, ends when the file is there and synced
//   send ADDRESS PORT SOURCE FOLDER    prints {"seconds":N} when the receiver has confirmed, ends with 0
//
// so that all of them are measured the same way.

import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Side } from '../../netsim/netns.ts'
import { Watched } from '../process.ts'
import type { Arena, Run } from './rival.ts'

const probe = resolve(import.meta.dirname, '../probe.js')

export function startProgram(
  side: Side,
  arena: Arena,
  program: string,
  words: readonly string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
): Watched {
  const costPath = join(arena.folder, `cost-${side.device}.json`)
  const env = { ...process.env, PFS_BENCH_PROBE: costPath }
  const child = side.spawn(process.execPath, ['--import', probe, program, ...words], {
    env,
    stdio: [stdin, 'pipe', 'pipe'],
  })
  return new Watched(`${program} ${words[0]}`, child, costPath)
}

/** Both roles of `program`. */
export async function runProgram(program: string, arena: Arena): Promise<Run> {
  const { pair, source, folder } = arena
  const target = join(folder, 'target.bin')
  const receiver = startProgram(pair.right, arena, program, ['receive', pair.right.address, target, folder])
  const port = (await receiver.says(/"port":(\d+)/))[1] ?? ''
  const words = ['send', pair.right.address, port, source, folder]
  const sender = startProgram(pair.left, arena, program, words)
  const [{ code }] = await Promise.all([sender.ended, receiver.ended])
  if (code !== 0) throw new Error(`${program} failed\n${sender.tail}${receiver.tail}`)
  return { ...costs(sender, receiver), transferSeconds: saidSeconds(sender), target, note: '' }
}

/** What watching both sides gave. */
export function costs(sender: Watched, receiver: Watched): Omit<Run, 'target' | 'note'> {
  return {
    wallSeconds: sender.elapsedSeconds,
    transferSeconds: sender.elapsedSeconds,
    senderCpuSeconds: sender.cost?.cpuSeconds ?? Number.NaN,
    receiverCpuSeconds: receiver.cost?.cpuSeconds ?? Number.NaN,
    senderAnonBytes: sender.rssAnonPeakBytes,
    receiverAnonBytes: receiver.rssAnonPeakBytes,
    senderRssBytes: sender.rssPeakBytes,
    receiverRssBytes: receiver.rssPeakBytes,
  }
}

export function saidSeconds(watched: Watched): number {
  const said = /"seconds":([\d.]+)/.exec(watched.stdout)?.[1]
  return said === undefined ? watched.elapsedSeconds : Number(said)
}

// ---- inside the programs

export const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

export function syncFile(path: string): void {
  const fd = openSync(path, 'r+')
  fsyncSync(fd)
  closeSync(fd)
}

/** Seconds since then, as the programs say them. */
export const saySeconds = (startedMillis: number): void =>
  say({ seconds: (performance.now() - startedMillis) / 1000 })

export const isMain = (filename: string): boolean => process.argv[1] === filename
