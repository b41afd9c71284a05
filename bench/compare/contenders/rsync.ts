// rsync -a over ssh as most people type it, and to a daemon of its own: with its delta where the target holds an older
// version, which prepare() puts there with its times, so that a file that did not change is passed over as it would be.

import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Watched } from '../../process.ts'
import type { Run } from '../../rivals/rival.ts'
import { overDaemon, rsyncVersion } from '../../rivals/rsync.ts'
import { overSsh } from '../../rivals/scp.ts'
import { hasSshServer } from '../../rivals/ssh_server.ts'
import type { Contender, Job, Ran } from './contender.ts'

const base = {
  carries: ['file', 'tree'],
  isDelta: true,
  isMemory: false,
  isYardstick: false,
  isSynced: false,
  isTcp: true,
  prepare,
} as const

export const rsyncSsh: Contender = {
  ...base,
  name: 'rsync-ssh',
  isEncrypted: true,
  find: () => (hasSshServer() ? rsyncVersion() : undefined),
  async run(job) {
    const { flags, source } = wordsOf(job)
    mkdirSync(outOf(job), { recursive: true })
    let client: Watched | undefined
    const run = await overSsh(
      arenaOf(job),
      server => [
        ...['rsync', ...flags, '-e', `ssh -p ${server.port} ${server.flags.join(' ')}`],
        ...[source, `${server.login}:${outOf(job)}/`],
      ],
      started => {
        client = started
      },
    )
    return told(job, run, client)
  },
}

export const rsyncDaemon: Contender = {
  ...base,
  name: 'rsync-daemon',
  isEncrypted: false,
  find: rsyncVersion,
  async run(job) {
    const { flags, source } = wordsOf(job)
    mkdirSync(outOf(job), { recursive: true })
    const { run, client } = await overDaemon(arenaOf(job), flags, source, 'target.bin/')
    return told(job, run, client)
  },
}

/** Where overSsh and the daemon's module have it. */
const outOf = ({ folder }: Job): string => join(folder, 'target.bin')

const arenaOf = ({ line, stage, sizeBytes, folder }: Job) => ({
  pair: line,
  source: stage.path,
  sizeBytes,
  folder,
})

const wordsOf = ({ stage }: Job) => ({ flags: ['-a', '--stats'], source: stage.path })

async function prepare(job: Job): Promise<void> {
  if (!job.hasOld) return
  cpSync(job.stage.path, join(outOf(job), job.stage.name), { recursive: true, preserveTimestamps: true })
}

function told(job: Job, run: Run, client: Watched | undefined): Ran {
  const literal = literalBytesOf(client?.stdout ?? '')
  return {
    ...run,
    target: join(outOf(job), job.stage.name),
    ...(literal === undefined ? {} : { reusedBytes: Math.max(0, job.sizeBytes - literal) }),
  }
}

/** Of `--stats`, whose numbers have separators. */
export function literalBytesOf(stats: string): number | undefined {
  const found = /^Literal data: ([\d,]+) bytes/m.exec(stats)?.[1]
  return found === undefined ? undefined : Number(found.replaceAll(',', ''))
}
