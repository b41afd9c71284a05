// Looks on while a run goes over a line: what has reached the receiver by when, TCP's own count of segments sent again,
// the congestion control that the sending socket uses, and how late a first packet came. Reads /proc through a process
// that sleeps in each namespace, so that looking costs no process each time.

import { type ChildProcess, execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Side } from '../../netsim/netns.ts'
import type { Line } from './line.ts'

const tickMillis = 50
/** Points kept of a run's curve. */
const pointsMax = 80
/** After the first packet: when sockets are asked what they use. A short run has only the first. */
const askMillis = [100, 1000]

export interface Observed {
  readonly arrivals: readonly (readonly [seconds: number, bytes: number])[]
  /** Segments sent again per segment, the sender's; NaN where none was sent. */
  readonly tcpRetransmittedShare: number
  readonly congestion: string | undefined
}

export class Observer {
  readonly #line: Line
  readonly #sleepers: readonly [left: ChildProcess, right: ChildProcess]
  readonly #timer: NodeJS.Timeout
  readonly #points: [number, number][] = []
  readonly #before: { segments: number; again: number }
  /** What made the line quiet was itself not quiet. */
  readonly #receivedBefore: number
  readonly #started = performance.now()
  #firstAt: number | undefined
  #asked = 0
  #congestion: string | undefined

  private constructor(line: Line, sleepers: readonly [ChildProcess, ChildProcess]) {
    this.#line = line
    this.#sleepers = sleepers
    this.#before = segmentsOf(sleepers[0])
    this.#receivedBefore = this.#receivedBytes()
    this.#timer = setInterval(() => this.#look(), tickMillis)
  }

  static async open(line: Line): Promise<Observer> {
    const sleepers = [sleeper(line.left), sleeper(line.right)] as const
    await Promise.all(sleepers.map(isInside))
    return new Observer(line, sleepers)
  }

  /** Seconds since the first packet; undefined before it. */
  get seconds(): number | undefined {
    return this.#firstAt === undefined ? undefined : (performance.now() - this.#firstAt) / 1000
  }

  /** Since it began to look. */
  get openSeconds(): number {
    return (performance.now() - this.#started) / 1000
  }

  close(): Observed {
    clearInterval(this.#timer)
    this.#look()
    const { segments, again } = segmentsOf(this.#sleepers[0])
    const observed = {
      arrivals: thin(this.#points, pointsMax),
      tcpRetransmittedShare: (again - this.#before.again) / (segments - this.#before.segments),
      congestion: this.#congestion,
    }
    for (const one of this.#sleepers) one.kill('SIGKILL')
    return observed
  }

  #look(): void {
    const now = performance.now()
    const bytes = this.#receivedBytes() - this.#receivedBefore
    if (this.#firstAt === undefined) {
      if (bytes === 0) return
      this.#firstAt = now
    }
    const seconds = (now - this.#firstAt) / 1000
    this.#points.push([seconds, bytes])
    const due = askMillis[this.#asked]
    if (due !== undefined && seconds * 1000 >= due) {
      this.#asked++
      this.#ask()
    }
  }

  #receivedBytes(): number {
    return receivedBy(this.#sleepers[1], this.#line.right.device, this.#line.framingBytes)
  }

  /** Not of a listening socket; of several connections the first tells. */
  #ask(): void {
    const args = ['netns', 'exec', this.#line.left.namespace, 'ss', '-Htin', 'state', 'established']
    execFile('ip', args, (error, stdout) => {
      const control = /^\s+(?:ts |sack |ecn )*([a-z_0-9]+) /m.exec(stdout)?.[1]
      if (!error && control) this.#congestion = control
    })
  }
}

function sleeper(side: Side): ChildProcess {
  return side.spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'sleep', 'infinity'], { stdio: 'ignore' })
}

/** `ip netns exec` enters the namespace before it becomes the command. */
async function isInside({ pid }: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep') return
    } catch {
      // not yet
    }
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('nobody sleeps in the namespace')
}

/** IP bytes. */
function receivedBy({ pid }: ChildProcess, device: string, framingBytes: number): number {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .find(text => text.trimStart().startsWith(`${device}:`))
  const [bytes = 0, packets = 0] = (line ?? '')
    .slice((line ?? '').indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  return bytes - framingBytes * packets
}

function segmentsOf({ pid }: ChildProcess): { segments: number; again: number } {
  const [names = [], values = []] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8')
    .split('\n')
    .filter(text => text.startsWith('Tcp:'))
    .map(text => text.split(' '))
  const value = (name: string): number => Number(values[names.indexOf(name)])
  return { segments: value('OutSegs'), again: value('RetransSegs') }
}

/** Evenly over the run, the first and the last among them. */
export function thin<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points]
  const step = (points.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)] as T)
}
