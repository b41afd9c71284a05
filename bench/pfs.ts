// How benches run the command as a user would: one home per machine (keys, peers, pool, journals) and processes of
// what `npm run build` made. Knows flags and the JSON end document, nothing of what is inside.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Watched } from './process.ts'

const main = resolve(import.meta.dirname, '../bin/pfs.js')
/** What its first line gives node beside the file: measured is what a user's shell starts. */
const shebangFlags = (): readonly string[] =>
  /^#!.*\bnode (.*)/.exec(readFileSync(main, 'utf8'))?.[1]?.trim().split(/\s+/) ?? []
const probe = resolve(import.meta.dirname, 'probe.js')

/** Where a receiver listens in a namespace, which nobody else can take; on loopback somebody may. */
export const port = 9419

/** Where a process runs: a namespace's side, or this machine as it is. */
export interface Ground {
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
}

export const here: Ground = { spawn: (command, args, options = {}) => spawn(command, args, options) }

/** What the command prints at the end of a transfer with --json. */
export interface EndDocument {
  readonly size_bytes: number
  readonly wire_bytes: number
  readonly reused_bytes: number
  readonly elapsed_seconds: number
  readonly unchanged: boolean
  readonly blob_id: string
  /** The packet cipher. */
  readonly suite?: string
}

let runs = 0

/** One user on one machine. */
export class Home {
  readonly folder: string
  readonly #ground: Ground
  /** For `--cpu-prof`. */
  readonly #nodeFlags: readonly string[]

  /** @param quota of its pool, as `pfs pool init --quota` reads it; left out: the pool is made on first use */
  constructor(
    folder: string,
    ground: Ground,
    options: { quota?: string; nodeFlags?: readonly string[] } = {},
  ) {
    mkdirSync(folder, { recursive: true })
    this.folder = folder
    this.#ground = ground
    this.#nodeFlags = options.nodeFlags ?? []
    if (options.quota !== undefined) this.run(['pool', 'init', '--quota', options.quota])
  }

  /** Starts `pfs …`. */
  start(name: string, words: readonly string[]): Watched {
    const costPath = join(this.folder, `cost-${runs++}.json`)
    const args = [...shebangFlags(), '--import', probe, ...this.#nodeFlags, main, ...words]
    const env = { ...process.env, PFS_HOME: this.folder, PFS_BENCH_PROBE: costPath }
    const child = this.#ground.spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    return new Watched(name, child, costPath)
  }

  /** Runs `pfs …` to its end, where the network does not matter; throws when it fails. */
  run(words: readonly string[]): string {
    const env = { ...process.env, PFS_HOME: this.folder }
    const done = spawnSync(process.execPath, [main, ...words], { env, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`pfs ${words.join(' ')}: ${done.stdout}${done.stderr}`)
    return done.stdout
  }

  /** `pfs recv`, once it listens. */
  async receive(outFolder: string, flags: readonly string[] = ['--once'], onPort = port): Promise<Watched> {
    mkdirSync(outFolder, { recursive: true })
    const words = ['recv', '--yes', '--json', '--port', String(onPort), '-o', outFolder, ...flags]
    const receiver = this.start('pfs recv', words)
    await receiver.says(/pfs send /)
    return receiver
  }

  send(path: string, host: string, flags: readonly string[] = [], toPort = port): Watched {
    return this.start('pfs send', ['send', '--json', path, `${host}:${toPort}`, ...flags])
  }
}

/** The last document a finished command printed; throws when it failed. */
export async function finish(watched: Watched): Promise<EndDocument> {
  const { code, signal } = await watched.ended
  if (code !== 0) throw new Error(`${watched.name} ended with ${code ?? signal}\n${watched.tail}`)
  const last = watched.stdout
    .trimEnd()
    .split('\n')
    .findLast(line => line.startsWith('{'))
  if (last === undefined) throw new Error(`${watched.name} printed no document\n${watched.tail}`)
  return JSON.parse(last) as EndDocument
}
