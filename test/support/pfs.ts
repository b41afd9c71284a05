// Starts the built command as a user would, with a home of its own, and gathers what it says. Every wait has an end,
// and only what was started here is ever killed. For end-to-end tests and for bench/demo; needs `npm run build`.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Finished {
  /** The exit status; undefined when a signal ended it. */
  readonly status: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  /** PFS_HOME; everything the process remembers. */
  readonly home: string
  readonly directory?: string
  /** Added to the environment; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** It is killed after this long, and the test fails by its status. */
  readonly limitMillis?: number
  /** Starts it otherwise than here: in a network namespace for one. */
  readonly through?: (
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
  ) => ChildProcess
}

/** A transfer that takes longer on any machine we test on hangs. */
const limitMillisDefault = 60_000

/** Output kept: a run that says more is out of hand. */
const outputBytesMax = 16 * 1024 * 1024

/** The command before it is made one program, with a file for each of src. */
const modules = 'src/cli/main.js'

/**
 * The built command: beside this file in dist, or in dist when this runs from the sources. Whoever counts what of src is
 * executed takes it module by module.
 */
export const bin = ((): string => {
  let directory = import.meta.dirname
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory)
  return join(directory, 'dist', process.env.TEST_COVERAGE === undefined ? 'bin/pfs.js' : modules)
})()

/** What whoever runs the tests has set for their own pfs; how it is tested (native, buffers) stays. */
const personal = /^PFS_(?!NATIVE|UDP)/

export class Pfs {
  readonly #child: ChildProcess
  readonly #words: readonly string[]
  #stdout = ''
  #stderr = ''
  readonly #watchers = new Set<() => void>()
  readonly finished: Promise<Finished>

  private constructor(words: readonly string[], child: ChildProcess, limitMillis: number) {
    this.#words = words
    this.#child = child
    this.#gather(child.stdout, text => {
      this.#stdout += text
    })
    this.#gather(child.stderr, text => {
      this.#stderr += text
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMillis)
    this.finished = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (status, signal) => {
        clearTimeout(limit)
        running.delete(this)
        const end = { status: status ?? undefined, signal: signal ?? undefined }
        resolve({ ...end, stdout: this.#stdout, stderr: this.#stderr })
        for (const look of [...this.#watchers]) look()
      })
    })
    running.add(this)
  }

  static start(words: readonly string[], options: StartOptions): Pfs {
    const inherited = Object.entries(process.env).filter(([name]) => !personal.test(name))
    const environment: NodeJS.ProcessEnv = {
      ...Object.fromEntries(inherited),
      NO_COLOR: '1',
      ...options.environment,
      PFS_HOME: options.home,
    }
    const args = [bin, ...words]
    const child = options.through
      ? options.through(process.execPath, args, environment)
      : spawn(process.execPath, args, {
          cwd: options.directory,
          env: environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
    return new Pfs(words, child, options.limitMillis ?? limitMillisDefault)
  }

  get processId(): number | undefined {
    return this.#child.pid
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Resolves when it has said so on stderr; rejects when it ended or the time is up without. */
  said(what: RegExp, limitMillis = 20_000): Promise<RegExpExecArray> {
    return this.#meets(() => this.#stderr, what, limitMillis)
  }

  /** The same of stdout. */
  told(what: RegExp, limitMillis = 20_000): Promise<RegExpExecArray> {
    return this.#meets(() => this.#stdout, what, limitMillis)
  }

  #meets(text: () => string, what: RegExp, limitMillis: number): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      let isOver = false
      void this.finished.then(
        () => {
          isOver = true
        },
        () => {},
      )
      const fail = (why: string): void => {
        done()
        reject(
          new Error(`pfs ${this.#words.join(' ')}: ${why} without saying ${what}; it said:\n${this.#stderr}`),
        )
      }
      const limit = setTimeout(() => fail(`${limitMillis} ms went by`), limitMillis)
      const look = (): void => {
        const found = what.exec(text())
        if (found) {
          done()
          resolve(found)
        } else if (isOver || this.#child.exitCode !== null || this.#child.signalCode !== null)
          fail('it ended')
      }
      const done = (): void => {
        clearTimeout(limit)
        this.#watchers.delete(look)
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** `pfs recv` listens. */
  async ready(): Promise<void> {
    await this.said(/Ready\. On the other machine run:\n(?: {2}pfs send .*\n)+/)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it the hard way, if it still runs. */
  async kill(): Promise<Finished> {
    this.signal('SIGKILL')
    return await this.finished
  }

  #gather(stream: NodeJS.ReadableStream | null, keep: (text: string) => void): void {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      if (this.#stdout.length + this.#stderr.length + text.length > outputBytesMax)
        return this.signal('SIGKILL')
      keep(text)
      for (const look of [...this.#watchers]) look()
    })
  }
}

/** Runs it to its end. */
export function pfs(words: readonly string[], options: StartOptions): Promise<Finished> {
  return Pfs.start(words, options).finished
}

const running = new Set<Pfs>()

/** For an afterEach: whatever a failed test has left running. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map(one => one.kill()))
}

/** A directory that `remove` takes away again. */
export function scratch(): { readonly path: string; at(name: string): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'pfs-e2e-'))
  return {
    path,
    at: name => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
