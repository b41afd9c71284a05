// An exclusive lock over a directory that dies with its holder, and the mark by which a process is known to be
// alive. Linux: an abstract unix socket named after the real path; the kernel frees it with the process, kill -9
// included. Abstract names are per network namespace: two containers that share a directory but no network exclude each
// other only with the addon, which locks the lock file too (flock). Both are held, so that a process with the addon and
// one without exclude each other as well. Elsewhere a lock file with the holder's mark.

import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { PfsError } from '../base/errors.ts'
import { errnoOf } from './file.ts'
import { type Files, files } from './files.ts'

/** Tells a process from every other of any time on this machine, as far as the platform can. */
export interface ProcessMark {
  readonly pid: number
  /** Clock ticks after boot at which it started; 0 where the platform does not tell. */
  readonly startTicks: number
  /** Lower-case hex, 32 digits; zeros where the platform does not tell. */
  readonly bootId: string
  /** Process ids mean nothing outside their namespace; 0 where there is none. */
  readonly pidNamespace: number
}

let ours: ProcessMark | undefined

export function thisProcess(): ProcessMark {
  ours ??= {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? 0,
    bootId: bootId(),
    pidNamespace: pidNamespace(),
  }
  return ours
}

/** True while that very process may still run. In doubt it is alive. */
export function isAlive(mark: ProcessMark): boolean {
  const here = thisProcess()
  if (mark.bootId !== here.bootId) return false
  if (mark.pidNamespace !== here.pidNamespace) return true
  try {
    process.kill(mark.pid, 0)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false
  }
  const startTicks = startTicksOf(mark.pid)
  return startTicks === undefined || mark.startTicks === 0 || startTicks === mark.startTicks
}

/** Neither kind of lock can be waited for without asking again. */
const pollMillis = 20
/** Each loss is to a holder that came and went meanwhile. */
const lockAttemptsMax = 8

export class ExclusiveLock {
  readonly #server: Server | undefined
  readonly #file: string
  /** Of the lock file: closing it gives the lock up. */
  readonly #fd: number | undefined

  private constructor(file: string, server?: Server, fd?: number) {
    this.#server = server
    this.#file = file
    this.#fd = fd
  }

  /** Held by someone for all of `waitMillis`: PFS_LOCKED, which says who and for what. */
  static async acquire(directory: string, purpose: string, waitMillis = 0): Promise<ExclusiveLock> {
    for (const until = Date.now() + waitMillis; ; ) {
      try {
        return await ExclusiveLock.#tryAcquire(directory, purpose)
      } catch (error) {
        const isHeld = error instanceof PfsError && error.code === 'PFS_LOCKED'
        if (!isHeld || Date.now() >= until) throw error
        await setTimeout(pollMillis)
      }
    }
  }

  static async #tryAcquire(directory: string, purpose: string): Promise<ExclusiveLock> {
    const file = join(directory, 'lock')
    if (process.platform !== 'linux') return new ExclusiveLock(claimFile(file, purpose))
    const name = createHash('sha256').update(realpathSync(directory)).digest('hex')
    const server = await listen(`\0pfs-${name}`)
    if (!server) throw locked(directory, file)
    try {
      const fd = lockFile(file, files())
      if (fd === undefined) throw locked(directory, file)
      ftruncateSync(fd)
      writeSync(fd, holderText(purpose), 0) // only tells others who
      return new ExclusiveLock(file, server, fd)
    } catch (error) {
      await closed(server)
      throw error
    }
  }

  async release(): Promise<void> {
    rmSync(this.#file, { force: true })
    if (this.#fd !== undefined) closeSync(this.#fd)
    if (this.#server) await closed(this.#server)
  }
}

/** Opens the lock file and locks it, as far as that can be done here. undefined: another has it. */
function lockFile(file: string, system: Files): number | undefined {
  for (let attempt = 0; attempt < lockAttemptsMax; attempt++) {
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
    const isTaken = system.lock(fd) === 'taken'
    const isTheLock = isNamed(fd, file)
    if (isTheLock && !isTaken) return fd
    closeSync(fd)
    if (isTheLock) return undefined
  }
  return undefined
}

/** False when the holder before us removed the name after we opened it: what we locked nobody else will find. */
function isNamed(fd: number, file: string): boolean {
  const named = statSync(file, { throwIfNoEntry: false })
  return named !== undefined && named.ino === fstatSync(fd).ino
}

const closed = (server: Server): Promise<void> => new Promise(resolve => server.close(() => resolve()))

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.unref()
    server.once('error', error => (errnoOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(name, () => resolve(server))
  })
}

function claimFile(file: string, purpose: string): string {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(file, 'wx', 0o600)
      closeSync(fd)
      writeFileSync(file, holderText(purpose))
      return file
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      const holder = readHolder(file)
      if (!holder || isAlive(holder.mark)) throw locked(file, file)
      rmSync(file, { force: true })
    }
  }
  throw locked(file, file)
}

const holderText = (purpose: string): string => JSON.stringify({ purpose, mark: thisProcess() })

function readHolder(file: string): { purpose: string; mark: ProcessMark } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { purpose: string; mark: ProcessMark }
  } catch {
    return undefined
  }
}

function locked(directory: string, file: string): PfsError {
  const holder = readHolder(file)
  const who = holder ? `process ${holder.mark.pid} (${holder.purpose})` : 'a process that is just starting'
  return new PfsError('PFS_LOCKED', `${directory}, by ${who}`, {
    retryable: true,
    hint: 'Wait until it ends, then run the same command again.',
  })
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '')
  } catch {
    return '0'.repeat(32)
  }
}

function pidNamespace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0)
  } catch {
    return 0
  }
}

function startTicksOf(pid: number): number | undefined {
  try {
    // the command name, field 2, may hold spaces and brackets: count fields after its last bracket
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[19])
  } catch {
    return undefined
  }
}
