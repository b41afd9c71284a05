// What `make setup` ends with: a real `pfs recv` and a real `pfs send` on this machine, over loopback, each with a
// home of its own. A file, the same file again, and a version of it with 1 MiB changed; every result is compared byte
// for byte. Ends with 1 on any failure, and leaves nothing behind.

import { spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MiB } from '../src/base/units.ts'
import { formatBytes, formatTable } from '../src/cli/format.ts'
import { freePort } from './free_port.ts'

const sizeBytes = 64 * MiB
const changedBytes = 1 * MiB

/** A transfer of 64 MiB within this machine that takes longer hangs. */
const limitMillis = 120_000

const bin = resolve(import.meta.dirname, '../bin/pfs.js')
const children = new Set<ReturnType<typeof spawn>>()

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Started {
  readonly ended: Promise<Ended>
  /** Resolves when it has said so; rejects when it ended without. */
  said(what: string): Promise<void>
}

function start(home: string, ...words: readonly string[]): Started {
  const child = spawn(process.execPath, [bin, ...words], {
    env: { ...process.env, PFS_HOME: home, PFS_POOL_DIR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMillis)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', text => {
    stdout += text
  })
  child.stderr.on('data', text => {
    stderr += text
  })
  const ended = once(child, 'close').then(([status]) => {
    clearTimeout(limit)
    children.delete(child)
    return { status, stdout, stderr }
  })
  return {
    ended,
    said: what =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (stderr.includes(what)) done()
        }
        child.stderr.on('data', look)
        look()
        void ended.then(() => fail(new Error(`pfs ${words[0]} ended:\n${stderr}`)))
      }),
  }
}

interface Row {
  readonly what: string
  readonly wireBytes: number
  readonly seconds: number
}

class Demonstration {
  readonly #directory: string
  readonly #source: string
  readonly #target: string
  readonly #out: string

  constructor(directory: string) {
    this.#directory = directory
    this.#out = join(directory, 'received')
    mkdirSync(this.#out)
    this.#source = join(directory, 'demo.bin')
    this.#target = join(this.#out, 'demo.bin')
    this.#write(0, sizeBytes)
  }

  async run(): Promise<readonly Row[]> {
    const fresh = await this.#transfer(`a file of ${formatBytes(sizeBytes)}`)
    // what is already there has nothing to show: take it away, the pool still holds it
    rmSync(this.#target)
    const again = await this.#transfer('deleted there, sent again')
    this.#write(sizeBytes / 2 - 12_345, changedBytes)
    const changed = await this.#transfer(`with ${formatBytes(changedBytes)} of it changed`)
    return [fresh, again, changed]
  }

  async #transfer(what: string): Promise<Row> {
    const port = String(await freePort())
    const home = (side: string): string => join(this.#directory, side)
    const recv = start(
      home('receiver'),
      'recv',
      '-o',
      this.#out,
      '-p',
      port,
      '--yes',
      '--on-conflict',
      'overwrite',
    )
    await recv.said('Ready')
    const send = start(home('sender'), 'send', '--json', this.#source, `127.0.0.1:${port}`)
    const [sent, received] = await Promise.all([send.ended, recv.ended])
    for (const { status, stderr } of [sent, received]) {
      if (status !== 0)
        throw new Error(`pfs ended with ${status}:\n${sent.stderr}${received.stderr}${stderr}`)
    }
    for (const { stderr } of [sent, received]) process.stdout.write(`  ${lastLine(stderr)}\n`)
    if (!readFileSync(this.#source).equals(readFileSync(this.#target))) {
      throw new Error('what arrived is not what was sent')
    }
    const { wire_bytes: wireBytes, elapsed_seconds: seconds } = JSON.parse(sent.stdout)
    return { what, wireBytes, seconds }
  }

  /** Random bytes at a place of the source. */
  #write(position: number, length: number): void {
    const fd = openSync(this.#source, position === 0 ? 'w' : 'r+')
    const bytes = randomFillSync(Buffer.alloc(length))
    writeSync(fd, bytes, 0, length, position)
    closeSync(fd)
  }
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

const directory = mkdtempSync(join(tmpdir(), 'pfs-demo-'))
const cleanUp = (): void => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
}
for (const [name, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(name, () => {
    cleanUp()
    process.exit(status)
  })
}
try {
  process.stdout.write('A real pfs recv and pfs send on this machine:\n')
  const rows = await new Demonstration(directory).run()
  const lines = rows.map(({ what, wireBytes, seconds }) => [
    what,
    formatBytes(wireBytes),
    `${seconds.toFixed(2)} s`,
  ])
  process.stdout.write(`\n${formatTable(['SENT', '>ON THE WIRE', '>TIME'], lines).join('\n')}\n`)
  process.stdout.write('\nEach arrived byte for byte. Next: pfs --help\n')
} catch (error) {
  process.stderr.write(`the demonstration failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  cleanUp()
}
