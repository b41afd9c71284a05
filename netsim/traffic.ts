// Starts the program that sends and receives over a link (emulator/check/traffic.cc) in a host's namespace, and reads
// what it says at its end.

import type { ChildProcess } from 'node:child_process'
import { buildProgram } from './emulator.ts'
import type { Side } from './netns.ts'

/** What a sink of datagrams has seen. */
export interface Sunk {
  readonly packets: number
  readonly bytes: number
  /** Behind one with a higher number. */
  readonly late: number
  readonly doubled: number
  readonly wrong: number
  /** From the first to the last. */
  readonly seconds: number
}

export interface Blasted {
  readonly sent: number
  readonly refused: number
  readonly seconds: number
}

export interface Pinged {
  readonly sent: number
  readonly answered: number
  readonly micros: {
    readonly min: number
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly max: number
  }
}

export interface Streamed {
  readonly bytes: number
  /** At the receiver, in the second half of the time. */
  readonly megabits: number
}

export interface Train {
  readonly packets: number
  /** UDP payload of each. */
  readonly bytes: number
  /** To a system call. */
  readonly segments?: number
  /** Of payload; 0: as fast as the socket takes them. */
  readonly megabits?: number
}

const port = '7007'
/** What is on the line when the sender is done has so long to arrive. */
const lingerMillis = 300

export async function blast(
  from: Side,
  to: Side,
  { packets, bytes, segments = 1, megabits = 0 }: Train,
  address: string = to.address,
  delayMillis = 0,
): Promise<{ sent: Blasted; seen: Sunk }> {
  const sink = await Program.serve(to, ['sink', port])
  try {
    const words = ['blast', address, port, ...[packets, bytes, segments, megabits].map(String)]
    const sent = await new Program(from, words).result<Blasted>()
    await new Promise(resolve => setTimeout(resolve, lingerMillis + 4 * delayMillis))
    return { sent, seen: await sink.stop<Sunk>() }
  } finally {
    sink.kill()
  }
}

export async function ping(
  from: Side,
  to: Side,
  count: number,
  gapMicros: number,
  address: string = to.address,
): Promise<Pinged> {
  const echo = await Program.serve(to, ['echo', port])
  try {
    return await new Program(from, ['ping', address, port, String(count), String(gapMicros)]).result()
  } finally {
    echo.kill()
  }
}

export async function stream(from: Side, to: Side, seconds: number, control: string): Promise<Streamed> {
  const sink = await Program.serve(to, ['tcp-sink', port])
  try {
    await new Program(from, ['tcp-send', to.address, port, String(seconds), control]).result()
    return await sink.result<Streamed>()
  } finally {
    sink.kill()
  }
}

class Program {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  readonly #words: readonly string[]
  #said = ''
  #complained = ''

  constructor(side: Side, words: readonly string[]) {
    this.#words = words
    this.#child = side.spawn(buildProgram('traffic'), words, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complained += text
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', resolve)
    })
  }

  /** Resolves when it listens. */
  static async serve(side: Side, words: readonly string[]): Promise<Program> {
    const program = new Program(side, words)
    await new Promise<void>((resolve, reject) => {
      program.#child.stdout?.on('data', () => {
        if (program.#said.includes('ready')) resolve()
      })
      program.#ended.then(() => reject(program.#failure()), reject)
    })
    return program
  }

  async stop<T>(): Promise<T> {
    this.#child.kill('SIGTERM')
    return await this.result<T>()
  }

  async result<T>(): Promise<T> {
    if ((await this.#ended) !== 0) throw this.#failure()
    return JSON.parse(this.#said.trim().split('\n').at(-1) ?? '') as T
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #failure(): Error {
    return new Error(`traffic ${this.#words.join(' ')}: ${this.#said}${this.#complained}`)
  }
}
