// A second machine as ssh reaches it: commands there, files there and back, and what they used there.

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { Watched } from '../process.ts'

export interface RemoteOptions {
  /** As ssh takes it. */
  readonly host: string
  /** `ssh` and its flags. */
  readonly ssh: readonly string[]
  /** What runs pfs there. */
  readonly pfs: string
  /** The address that pfs is sent to, where it is another than ssh's. */
  readonly address: string
}

/** One word of a shell's command line. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

export class RemoteHost {
  readonly #options: RemoteOptions

  constructor(options: RemoteOptions) {
    this.#options = options
  }

  get address(): string {
    return this.#options.address
  }

  get pfs(): string {
    return this.#options.pfs
  }

  /** user@host:path, as scp and rsync take it. */
  at(path: string): string {
    return `${this.#options.host}:${path}`
  }

  /** ssh with its flags, as one word for rsync's -e. */
  get shell(): string {
    return this.#options.ssh.join(' ')
  }

  /** For scp, whose flag for a port is another. */
  get scpFlags(): readonly string[] {
    return this.#options.ssh.slice(1).map(word => (word === '-p' ? '-P' : word))
  }

  /** Its standard output; throws when it fails. */
  run(script: string): string {
    const done = this.#spawn(script)
    if (done.status !== 0) throw new Error(`${this.#options.host}: ${script}: ${done.stderr || done.stdout}`)
    return done.stdout
  }

  succeeds(script: string): boolean {
    return this.#spawn(script).status === 0
  }

  /** Runs it and goes on; its `times` come last on standard error. */
  start(name: string, script: string): Watched {
    const [program = 'ssh', ...flags] = this.#options.ssh
    const metered = `bash -c ${quoted(`${script}; status=$?; times >&2; exit $status`)}`
    const child = spawn(program, [...flags, this.#options.host, metered], { stdio: ['pipe', 'pipe', 'pipe'] })
    return new Watched(name, child)
  }

  #spawn(script: string): SpawnSyncReturns<string> {
    const [program = 'ssh', ...flags] = this.#options.ssh
    return spawnSync(program, [...flags, this.#options.host, script], { encoding: 'utf8' })
  }
}

/** Of what a started command wrote last: bash's own line, and its children's. */
export function cpuSecondsSaid(stderr: string): number {
  const times = [
    ...stderr
      .trimEnd()
      .split('\n')
      .slice(-2)
      .join(' ')
      .matchAll(/(\d+)m([\d.]+)s/g),
  ]
  if (times.length !== 4) return Number.NaN
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}
