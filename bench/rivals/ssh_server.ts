// An sshd of our own inside a namespace: a host key and a client's key made for it, a port of its own, Debian's default
// ciphers. Needs root and openssh-server; ended by its pid.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Side } from '../../netsim/netns.ts'
import { Watched } from '../process.ts'

const program = '/usr/sbin/sshd'
const port = 9422
/** sshd counts a session's CPU as its own once it has waited for it. */
const sessionEndMillisMax = 3000

export const hasSshServer = (): boolean => existsSync(program)

/** As `ssh -V` says it. */
export function sshVersion(): string {
  return (
    String(spawnSync('ssh', ['-V']).stderr)
      .trim()
      .split(/[ ,]/)[0] ?? ''
  )
}

export class SshServer {
  readonly #daemon: Watched
  readonly #side: Side
  readonly #folder: string

  private constructor(daemon: Watched, side: Side, folder: string) {
    this.#daemon = daemon
    this.#side = side
    this.#folder = folder
  }

  static async open(side: Side, folder: string): Promise<SshServer> {
    for (const name of ['host_key', 'client_key']) {
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
    }
    copyFileSync(join(folder, 'client_key.pub'), join(folder, 'authorized_keys'))
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const settings = [
      `ListenAddress=${side.address}`,
      `Port=${port}`,
      `HostKey=${join(folder, 'host_key')}`,
      `AuthorizedKeysFile=${join(folder, 'authorized_keys')}`,
      'PidFile=none',
      'StrictModes=no',
      'UsePAM=no',
      'PermitRootLogin=prohibit-password',
      'Subsystem=sftp internal-sftp',
    ].flatMap(setting => ['-o', setting])
    const child = side.spawn(program, ['-D', '-e', '-f', '/dev/null', ...settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const daemon = new Watched('sshd', child)
    await daemon.says(/Server listening/)
    return new SshServer(daemon, side, folder)
  }

  /** What ssh and scp need to get in; the port apart, whose flag they spell differently. */
  get flags(): readonly string[] {
    return [
      ...['-i', join(this.#folder, 'client_key')],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
    ]
  }

  get port(): string {
    return String(port)
  }

  get login(): string {
    return `${userInfo().username}@${this.#side.address}`
  }

  get rssPeakBytes(): number {
    return this.#daemon.rssPeakBytes
  }

  get rssAnonPeakBytes(): number {
    return this.#daemon.rssAnonPeakBytes
  }

  /** Once its sessions have ended: theirs and its own. */
  async cpuSeconds(): Promise<number> {
    const { pid } = this.#daemon
    for (let waited = 0; waited < sessionEndMillisMax; waited += 20) {
      if (readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() === '') break
      await delay(20)
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the fields behind the name, which may hold anything: utime, stime, cutime, cstime are the 14th to 17th of all
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / 100
  }

  async close(): Promise<void> {
    this.#daemon.kill('SIGTERM')
    await this.#daemon.ended
  }
}
