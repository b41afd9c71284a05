// The link emulator (emulator/, a program of its own in C++) as a process: built when it is first wanted, started,
// asked for its counters, cut and restored over its standard input, whose end is its end too. Makes the two TUN
// devices; addresses are somebody else's (lab.ts). Linux, root, make and g++.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { emulatorWord } from './emulator_words.ts'
import { defaultMtuBytes, type LinkProfile, roundTripMillis } from './profiles.ts'

/** Of one direction, since the start. Bytes are of IP packets, without the framing that the rate counts. */
export interface DirectionCounters {
  /** What the sending side gave to the link. */
  readonly packetsIn: number
  readonly bytesIn: number
  /** What the other side was given, second copies too. */
  readonly packetsDelivered: number
  readonly bytesDelivered: number
  /** Tail drops. */
  readonly queueDrops: number
  readonly lostRandom: number
  readonly lostBurst: number
  /** Above the size that the profile lets through. */
  readonly lostTooBig: number
  /** While the link was cut: what came to it and what was on it. */
  readonly lostCut: number
  /** The emulator's own failures: no memory left, or the kernel took it not. A run with any measures nothing. */
  readonly lostOverflow: number
  readonly lostRefused: number
  readonly reordered: number
  readonly duplicated: number
  readonly corrupted: number
  readonly queueBytesMax: number
  /** Between its first packet and its last a link with a rate had nothing to send for so long. */
  readonly idleMicros: number
  /** How much later than meant packets were handed over. */
  readonly latenessMicros: { readonly p50: number; readonly p99: number; readonly max: number }
}

export interface EmulatorCounters {
  /** Left to right. */
  readonly forth: DirectionCounters
  readonly back: DirectionCounters
  /** Whether it runs before all ordinary processes. */
  readonly isRealtime: boolean
  readonly cpuSeconds: number
}

export interface EmulatorEnds {
  readonly left: { readonly namespace: string; readonly device: string }
  readonly right: { readonly namespace: string; readonly device: string }
}

const realtimePriority = 10
/** A build of a dozen small files, on a machine where all else is busy. */
const buildMillisMax = 300_000

/** What stands in the way of an emulated link here; undefined: nothing. */
export function emulatorObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it takes Linux'
  if (process.getuid?.() !== 0) return 'it takes root'
  if (spawnSync('ip', ['netns', 'list']).status !== 0) return 'it takes iproute2 and network namespaces'
  if (!existsSync('/dev/net/tun')) return 'it takes /dev/net/tun'
  if (!existsSync(join(folder(), 'build', 'emulator')) && spawnSync('g++', ['--version']).status !== 0)
    return 'it takes g++ and make'
  return undefined
}

/** Beside this file in the tree, which is one folder up from where it is compiled to. */
function folder(): string {
  const places = [join(import.meta.dirname, 'emulator'), join(import.meta.dirname, '../../netsim/emulator')]
  return places.find(place => existsSync(join(place, 'Makefile'))) ?? join('netsim', 'emulator')
}

/** A program of emulator/Makefile, built anew where a source is younger. One build at a time, whoever asks. */
export function buildProgram(name: 'emulator' | 'traffic'): string {
  const where = folder()
  const done = spawnSync('flock', ['--close', where, 'make', '--silent', '-C', where, name], {
    encoding: 'utf8',
    timeout: buildMillisMax,
  })
  if (done.status !== 0) throw new Error(`${name} cannot be built: ${done.error ?? done.stderr}`)
  return join(where, 'build', name)
}

export class Emulator {
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #waiters: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  #complaints = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text
    })
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', line => this.#waiters.shift()?.resolve(line))
    // a command to one that has just died: its end tells
    child.stdin?.on('error', () => {})
    this.ended = new Promise(resolve => {
      const end = (why: string): void => {
        for (const { reject } of this.#waiters.splice(0))
          reject(new Error(`emulator: ${why} ${this.#complaints}`))
        resolve()
      }
      child.once('error', error => end(String(error)))
      child.once('close', (code, signal) => end(`ended with ${code ?? signal}`))
    })
  }

  /** Resolves when both devices are there. */
  static async start(profile: LinkProfile, seed: number, { left, right }: EmulatorEnds): Promise<Emulator> {
    const words = [
      ['--left', `${left.namespace}:${left.device}`, '--right', `${right.namespace}:${right.device}`],
      ['--mtu', String(profile.mtuBytes ?? defaultMtuBytes), '--seed', String(seed)],
      ['--realtime', String(realtimePriority), '--both', emulatorWord(profile), '--control'],
    ]
    const child = spawn(buildProgram('emulator'), words.flat(), { stdio: ['pipe', 'pipe', 'pipe'] })
    const emulator = new Emulator(child)
    await emulator.#line()
    return emulator
  }

  async counters(): Promise<EmulatorCounters> {
    return JSON.parse(await this.#ask('counters')) as EmulatorCounters
  }

  async cut(): Promise<void> {
    await this.#ask('cut')
  }

  async restore(): Promise<void> {
    await this.#ask('restore')
  }

  /** Its devices go with it. */
  async close(): Promise<void> {
    this.#child.stdin?.end()
    await this.ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Every command is answered by one line. */
  #ask(command: string): Promise<string> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return Promise.reject(new Error(`emulator: it has ended ${this.#complaints}`))
    const answer = this.#line()
    this.#child.stdin?.write(`${command}\n`)
    return answer
  }

  #line(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }
}

/** Why a run over this link must not be believed; undefined: the emulator kept its promises. */
export function noiseOf(profile: LinkProfile, counters: EmulatorCounters): string | undefined {
  const latenessMicrosMax = Math.max(1000, 0.05 * 1000 * roundTripMillis(profile))
  for (const [name, direction] of Object.entries({ forth: counters.forth, back: counters.back })) {
    const { latenessMicros, lostOverflow, lostRefused } = direction
    if (latenessMicros.p99 > latenessMicrosMax)
      return `${name}: one packet in a hundred was ${latenessMicros.p99} µs late, ${latenessMicrosMax} are allowed`
    if (lostOverflow + lostRefused > 0)
      return `${name}: the emulator itself lost ${lostOverflow + lostRefused} packets`
  }
  return undefined
}
