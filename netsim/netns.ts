// Two network namespaces joined by a veth, for benches and end-to-end tests: a network of one's own, with its own MTU
// and counters. Needs root and iproute2. Names carry the process id, so that runs do not meet; whatever was made is
// removed when the process ends, by any signal it can catch.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'

export interface Side {
  readonly namespace: string
  readonly device: string
  readonly address: string
  /** Starts a command inside. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
}

export interface Pair {
  readonly left: Side
  readonly right: Side
  remove(): void
}

/** Something that must not outlive the process. */
export interface Removable {
  remove(): void
}

let pairs = 0
const standing = new Set<Removable>()

/** @param mtuBytes of both ends of the veth */
export function makePair(mtuBytes = 1500): Pair {
  const id = `${process.pid}${pairs++ || ''}`
  // a device's name has at most 15 characters
  const left = side(`pfs-${id}-left`, `pf${id}l`, '10.77.0.1')
  const right = side(`pfs-${id}-right`, `pf${id}r`, '10.77.0.2')
  const pair: Pair = {
    left,
    right,
    remove() {
      forget(pair)
      for (const { namespace } of [left, right]) spawnSync('ip', ['netns', 'delete', namespace])
    },
  }
  removeAtExit(pair)
  ip(`netns add ${left.namespace}`)
  ip(`netns add ${right.namespace}`)
  ip(
    `link add ${left.device} netns ${left.namespace} mtu ${mtuBytes} type veth ` +
      `peer name ${right.device} netns ${right.namespace} mtu ${mtuBytes}`,
  )
  for (const { namespace, device, address } of [left, right]) {
    ip(`-n ${namespace} address add ${address}/24 dev ${device}`)
    ip(`-n ${namespace} link set ${device} up`)
    ip(`-n ${namespace} link set lo up`)
  }
  for (const one of [left, right]) awaitCarrier(one)
  return pair
}

/** True where makePair can work. */
export function canMakePairs(): boolean {
  return process.getuid?.() === 0 && spawnSync('ip', ['netns', 'list']).status === 0
}

export function side(namespace: string, device: string, address: string): Side {
  return {
    namespace,
    device,
    address,
    spawn: (command, args, options = {}) =>
      spawn('ip', ['netns', 'exec', namespace, command, ...args], options),
  }
}

/** The kernel notices the carrier up to a second late, and until then the system lists no such interface. */
function awaitCarrier({ namespace, device }: Side): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0; tries < 300; tries++) {
    if (ip(`-n ${namespace} -o link show ${device}`).includes(' state UP ')) return
    Atomics.wait(pause, 0, 0, 10)
  }
  throw new Error(`${device} has no carrier`)
}

/** One command of iproute2; what it says. Throws what it complains of. A string is split at its blanks. */
export function ip(command: string | readonly string[]): string {
  const words = typeof command === 'string' ? command.split(' ') : command
  const done = spawnSync('ip', words, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ip ${words.join(' ')}: ${done.stderr || done.error?.message}`)
  return done.stdout
}

let isWatching = false

/** Also when a signal ends the process, as far as it can be caught. */
export function removeAtExit(thing: Removable): void {
  standing.add(thing)
  if (isWatching) return
  isWatching = true
  process.on('exit', () => {
    for (const one of standing) one.remove()
  })
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const)
    process.once(signal, () => process.exit(128 + number))
}

/** It has been removed. */
export function forget(thing: Removable): void {
  standing.delete(thing)
}
