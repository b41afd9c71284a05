// A tree by tar, through zstd -1, over plain TCP by socat: what people type when rsync is too slow for many small files.
// Nothing is encrypted, verified or synced. NaN where a program of it is missing.

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Pair } from '../../netsim/netns.ts'
import { Watched } from '../process.ts'

const port = 9440

export interface TarRun {
  /** From the sender's start to the receiver's end. */
  readonly seconds: number
  /** Of all programs at both ends. */
  readonly cpuSeconds: number
}

/** tar's version where all that it takes is there. */
export function hasTar(): string | undefined {
  if (['tar', 'zstd', 'socat'].some(name => spawnSync('which', [name]).status !== 0)) return undefined
  return /\(GNU tar\) (\S+)/.exec(String(spawnSync('tar', ['--version']).stdout))?.[1] ?? 'tar'
}

export function tarScripts(root: string, out: string, address: string): { receive: string; send: string } {
  mkdirSync(out, { recursive: true })
  return {
    receive: `socat -d -d -u TCP-LISTEN:${port},bind=${address} - | zstd -d -c | tar -x -p -S -C '${out}'`,
    send: `tar -c -S -C '${dirname(root)}' '${basename(root)}' | zstd -1 -c | socat -u - TCP:${address}:${port}`,
  }
}

export async function tarOverTcp(pair: Pair, root: string, out: string): Promise<TarRun> {
  if (!hasTar()) return { seconds: Number.NaN, cpuSeconds: Number.NaN }
  const { receive, send } = tarScripts(root, out, pair.right.address)
  const shell = (script: string): [string, string[], { stdio: ['ignore', 'pipe', 'pipe'] }] => [
    'bash',
    ['-o', 'pipefail', '-c', `${script}; status=$?; times >&2; exit $status`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  ]
  const receiver = new Watched('tar -x', pair.right.spawn(...shell(receive)))
  await receiver.says(/listening on/)
  const startedAt = performance.now()
  const sender = new Watched('tar -c', pair.left.spawn(...shell(send)))
  const ends = await Promise.all([sender.ended, receiver.ended])
  if (ends.some(({ code }) => code !== 0)) throw new Error(`tar failed\n${sender.tail}\n${receiver.tail}`)
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, cpuSeconds: cpuSecondsOf(sender.stderr) + cpuSecondsOf(receiver.stderr) }
}

/** What bash's `times` said last: of the shell, and of its children, each `0m1.234s 0m0.567s`. */
function cpuSecondsOf(text: string): number {
  const found = [...text.matchAll(/(\d+)m([\d.]+)s/g)].slice(-4)
  return found.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}
