// A long, thick line in front of a server (delay_relay.cc, built here by one g++ line): where the kernel has no netem,
// the only way to have a bandwidth-delay product of megabytes between two namespaces.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Side } from '../netsim/netns.ts'
import { Watched } from './process.ts'

export interface LineSettings {
  readonly port: number
  readonly serverPort: number
  readonly delayMillis: number
  readonly megabitsPerSecond: number
  readonly queueBytes: number
}

/** What it carried; out is towards the server. */
export interface Carried {
  readonly carried: readonly [out: number, back: number]
  readonly dropped: readonly [out: number, back: number]
  readonly heldBytesMax: readonly [out: number, back: number]
}

/** The program, or undefined where there is no compiler. */
export function buildDelayRelay(folder: string): string | undefined {
  const source = sourcePath()
  const program = join(folder, 'delay_relay')
  const done = spawnSync('g++', ['-std=c++20', '-O2', source, '-o', program])
  return done.status === 0 ? program : undefined
}

/** Beside this file in the tree, which is one folder up from where it is compiled to. */
function sourcePath(): string {
  const name = 'delay_relay.cc'
  const places = [join(import.meta.dirname, name), join(import.meta.dirname, '../../bench', name)]
  return places.find(place => existsSync(place)) ?? join('bench', name)
}

export class DelayRelay {
  readonly #process: Watched

  private constructor(watched: Watched) {
    this.#process = watched
  }

  static async open(program: string, side: Side, settings: LineSettings): Promise<DelayRelay> {
    const { port, serverPort, delayMillis, megabitsPerSecond, queueBytes } = settings
    const numbers = [port, serverPort, delayMillis, megabitsPerSecond, queueBytes].map(String)
    const child = side.spawn(program, [side.address, ...numbers], { stdio: ['ignore', 'pipe', 'pipe'] })
    const watched = new Watched('delay_relay', child)
    await watched.says(/ready/)
    return new DelayRelay(watched)
  }

  async close(): Promise<Carried> {
    this.#process.kill('SIGTERM')
    await this.#process.ended
    return JSON.parse(this.#process.stdout.trim().split('\n').at(-1) ?? '') as Carried
  }
}
