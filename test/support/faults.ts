// Two machines in one scratch directory for the tests of faults: a home for each side, files to send, a place to
// receive, and what every failure must look like. Processes are started by pfs.ts.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { failures, type PfsCode } from '../../src/base/errors.ts'
import { type Finished, Pfs, pfs, type StartOptions, scratch } from './pfs.ts'

/** The document that --json writes for a fault. */
export interface FaultDocument {
  readonly code: string
  readonly exit_code: number
  readonly message: string
  readonly hint: string
  readonly path?: string
}

/** What --json prints of a transfer that went well, as far as tests look. */
export interface SentSummary {
  readonly size_bytes: number
  readonly wire_bytes: number
  readonly reused_bytes: number
  readonly unchanged: boolean
  readonly suite: string
  readonly transport: { readonly carrier: string }
}

/** What a failure that needs no waiting may take, on a loaded machine too. */
const soonMillis = 15_000

export class Machines {
  readonly #scratch = scratch()
  readonly out: string
  readonly #started: Pfs[] = []
  readonly #after: (() => void)[] = []

  constructor() {
    this.out = this.at('out')
    mkdirSync(this.out)
  }

  at(name: string): string {
    return this.#scratch.at(name)
  }

  /** Random bytes: nothing but literals. */
  file(name: string, bytes: number): string {
    writeFileSync(this.at(name), randomBytes(bytes))
    return this.at(name)
  }

  options(home: string, more: Partial<StartOptions> = {}): StartOptions {
    return { home: this.at(home), directory: this.#scratch.path, limitMillis: 40_000, ...more }
  }

  /** `pfs recv` of the machine `home`, listening. */
  async recv(
    port: number,
    words: readonly string[] = ['--yes'],
    home = 'there',
    limitMillis?: number,
  ): Promise<Pfs> {
    const all = ['recv', '-p', String(port), ...words]
    const started = this.start(words.includes('-o') ? all : [...all, '-o', this.out], home, limitMillis)
    await started.ready()
    return started
  }

  send(file: string, port: number, words: readonly string[] = [], home = 'here'): Pfs {
    return this.start(['send', file, `127.0.0.1:${port}`, ...words], home)
  }

  start(words: readonly string[], home: string, limitMillis = 60_000): Pfs {
    const started = Pfs.start(words, this.options(home, { limitMillis }))
    this.#started.push(started)
    return started
  }

  /** Both to their good end. Returns what the sender's summary says. */
  async transfer(
    file: string,
    port: number,
    receiveWords: readonly string[] = ['--yes'],
  ): Promise<SentSummary> {
    const receiver = await this.recv(port, receiveWords)
    const sent = await this.send(file, port, ['--json']).finished
    expect(sent.status, sent.stderr).toBe(0)
    const received = await receiver.finished
    expect(received.status, received.stderr).toBe(0)
    // node's own, about what we do: nobody can do anything about it
    expect(sent.stderr + received.stderr).not.toMatch(/Warning: /)
    return JSON.parse(sent.stdout) as SentSummary
  }

  /** The command fails in the same way for machines and for people, and soon: past the limit it is killed. */
  async fails(words: readonly string[], code: PfsCode, says: RegExp, next: RegExp): Promise<void> {
    const options = { ...this.options('here'), limitMillis: soonMillis }
    const runs = [[...words, '--json'], words].map(all => pfs(all, options))
    const [first, second] = (await Promise.all(runs)) as [Finished, Finished]
    expectFault(first, code, says, next)
    expectSaid(second, code, says, next)
  }

  /** Names in the target directory that a user would see. */
  arrived(directory = this.out): string[] {
    return readdirSync(directory).filter(name => !name.startsWith('.'))
  }

  /** Undone when the test is over. */
  later(undo: () => void): void {
    this.#after.unshift(undo)
  }

  async remove(): Promise<void> {
    await Promise.all(this.#started.map(one => one.kill().catch(() => {})))
    for (const undo of this.#after) undo()
    this.#scratch.remove()
  }
}

/** The fault that `ended` with, when it was run with --json. */
export function documentOf(ended: Finished): FaultDocument {
  const lines = ended.stderr.split('\n').filter(line => line.startsWith('{"code"'))
  expect(lines, `one fault on stderr, which said:\n${ended.stderr}`).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as FaultDocument
}

/** By --json: the code, the exit status, a sentence that says what happened and one that says what to do. */
export function expectFault(ended: Finished, code: PfsCode, says: RegExp, next: RegExp): FaultDocument {
  const fault = documentOf(ended)
  expect(fault.code, fault.message).toBe(code)
  expect(ended.status).toBe(failures[code].exit)
  expect(fault.exit_code).toBe(failures[code].exit)
  expect(fault.message).toMatch(says)
  expect(fault.hint).toMatch(next)
  expect(ended.stdout).toBe('')
  return fault
}

/** The same as people read it: two lines on stderr, the second indented. */
export function expectSaid(ended: Finished, code: PfsCode, says: RegExp, next: RegExp): void {
  const said = /^pfs: (?<what>.+)\n {2}(?<next>\S.+)$/m.exec(ended.stderr)
  expect(said?.groups, ended.stderr).toBeDefined()
  expect(said?.groups?.what).toMatch(says)
  expect(said?.groups?.what).toContain(failures[code].sentence)
  expect(said?.groups?.next).toMatch(next)
  expect(ended.status, ended.stderr).toBe(failures[code].exit)
}

export function expectSame(path: string, original: string): void {
  expect(readFileSync(path).equals(readFileSync(original)), `${path} is what was sent`).toBe(true)
}

export function expectNothing(machines: Machines): void {
  expect(machines.arrived()).toEqual([])
}

/** The segment files of a home's pool. */
export function segmentsOf(home: string): string[] {
  const directory = join(home, 'data/pool/segments')
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter(name => name.endsWith('.seg'))
    .map(name => join(directory, name))
}
