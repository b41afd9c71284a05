// What a session was run on, so that a figure is never told without it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { Machine } from './schema.ts'

/** @param scratch where files lie */
export function lookAtMachine(scratch: string): Machine {
  const says = (command: string, args: readonly string[]): string =>
    String(spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '').trim()
  const isChanged = says('git', ['status', '--porcelain', '--untracked-files=no']) !== ''
  const commit = says('git', ['rev-parse', '--short=12', 'HEAD']) || 'unknown'
  return {
    kernel: `Linux ${release()}`,
    processor: processor(),
    processors: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    commit: isChanged ? `${commit} and changes` : commit,
    scratch: says('stat', ['-f', '-c', '%T', scratch]),
  }
}

function processor(): string {
  const named = cpus()[0]?.model
  if (named && named !== 'unknown') return named
  return /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch
}
