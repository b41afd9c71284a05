// rsync over ssh as most people type it, and to a daemon of its own, whole file and in place, which encrypts nothing.
// Neither syncs what it has written.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startMetered } from '../metered.ts'
import type { Watched } from '../process.ts'
import { costs } from './program.ts'
import type { Arena, Rival, Run } from './rival.ts'
import { overSsh } from './scp.ts'
import { hasSshServer } from './ssh_server.ts'

const daemonPort = 9424

export const rsyncVersion = (): string | undefined =>
  /version (\S+)/.exec(String(spawnSync('rsync', ['--version']).stdout))?.[1]

export const rsync: Rival = {
  name: 'rsync, ssh',
  isEncrypted: true,
  isSynced: false,
  find: () => (hasSshServer() ? rsyncVersion() : undefined),
  run: arena =>
    overSsh(arena, (server, target) => [
      ...['rsync', '-e', `ssh -p ${server.port} ${server.flags.join(' ')}`],
      ...[arena.source, `${server.login}:${target}`],
    ]),
}

export const rsyncDaemon: Rival = {
  name: 'rsyncd -W',
  isEncrypted: false,
  isSynced: false,
  find: rsyncVersion,
  async run(arena): Promise<Run> {
    const { run } = await overDaemon(arena, ['-W', '--inplace'], arena.source, 'target.bin')
    return run
  },
}

/** To a daemon in the right namespace, whose one module is the run's folder. */
export async function overDaemon(
  { pair, folder }: Arena,
  flags: readonly string[],
  source: string,
  target: string,
): Promise<{ run: Run; client: Watched }> {
  const config = join(folder, 'rsyncd.conf')
  const settings = [
    'use chroot = no',
    'uid = root',
    'gid = root',
    '[out]',
    `path = ${folder}`,
    'read only = no',
  ]
  writeFileSync(config, `${settings.join('\n')}\n`)
  const words = ['rsync', '--daemon', '--no-detach', `--port=${daemonPort}`, `--config=${config}`]
  const daemon = startMetered('rsyncd', pair.right, folder, [...words, `--address=${pair.right.address}`])
  await listening(pair.right.namespace)
  const url = `rsync://${pair.right.address}:${daemonPort}/out/${target}`
  const client = startMetered('rsync', pair.left, folder, ['rsync', ...flags, source, url])
  const { code } = await client.ended
  // the daemon has waited for its session by then, or it is not in the sum
  await delay(50)
  spawnSync('kill', childrenOf(daemon.pid))
  await daemon.ended
  if (code !== 0) throw new Error(`rsync to a daemon\n${client.tail}${daemon.tail}`)
  return { run: { ...costs(client, daemon), target: join(folder, target), note: '' }, client }
}

function childrenOf(pid: number): string[] {
  return String(spawnSync('cat', [`/proc/${pid}/task/${pid}/children`]).stdout)
    .trim()
    .split(' ')
}

async function listening(namespace: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const args = ['netns', 'exec', namespace, 'ss', '-Hltn', `sport = :${daemonPort}`]
    if (String(spawnSync('ip', args).stdout) !== '') return
    await delay(20)
  }
  throw new Error('the rsync daemon does not listen')
}
