// Loaded into a measured process (`node --import`): at its end it writes what the process has used to the file that
// PFS_BENCH_PROBE names. Worker threads load it too and leave it to the main one.

import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { Cost } from './process.ts'

const path = process.env.PFS_BENCH_PROBE

if (isMainThread && path !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    const read = /^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]
    const cost: Cost = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, readBytes: Number(read ?? 0) }
    writeFileSync(path, JSON.stringify(cost))
  })
}
