// Two sessions in one process by the face of the transfer floor, each with a home of its own, over loopback: for what the command
// has no flag for. Runs from dist, because the storage is a worker; needs `npm run build`.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { directories } from '../../src/transfer/directories.ts'
import type * as floor from '../../src/transfer/events.ts'
import type * as session from '../../src/transfer/session.ts'
import { scratch } from './pfs.ts'

const built = join(import.meta.dirname, '../../dist/src/transfer/session.js')
export const { receive, send } = (await import(built)) as typeof session

export class Told {
  readonly events: floor.TransferEvent[] = []
  readonly #waiting: { kind: string; resolve: (event: never) => void }[] = []

  readonly onEvent = (event: floor.TransferEvent): void => {
    this.events.push(event)
    for (const { kind, resolve } of this.#waiting) if (kind === event.kind) resolve(event as never)
  }

  /** Those of that kind so far. */
  all<Kind extends floor.TransferEvent['kind']>(kind: Kind): Extract<floor.TransferEvent, { kind: Kind }>[] {
    return this.events.filter(event => event.kind === kind) as never
  }

  /** Resolves with the first of its kind. */
  first<Kind extends floor.TransferEvent['kind']>(
    kind: Kind,
  ): Promise<Extract<floor.TransferEvent, { kind: Kind }>> {
    const [known] = this.all(kind)
    if (known) return Promise.resolve(known)
    return new Promise(resolve => this.#waiting.push({ kind, resolve }))
  }
}

/** Homes and files of both sides. */
export class Meeting {
  readonly #scratch = scratch()
  readonly out: string

  constructor() {
    this.out = this.directory('out')
  }

  at(...names: readonly string[]): string {
    return join(this.#scratch.path, ...names)
  }

  directory(...names: readonly string[]): string {
    mkdirSync(this.at(...names), { recursive: true })
    return this.at(...names)
  }

  #common(home: string, told: Told, signal: AbortSignal) {
    const own = directories({ PFS_HOME: this.at(home) })
    return { directories: own, onEvent: told.onEvent, signal, thread: 'main' as const }
  }

  /** Resolves when it listens. */
  async receiver(change: Partial<floor.ReceiveOptions> = {}) {
    const told = new Told()
    const controller = new AbortController()
    const asked: floor.Stranger[] = []
    const result = receive({
      ...this.#common('there', told, controller.signal),
      port: 0,
      directory: this.out,
      onConflict: 'fail',
      keep: false,
      accept: async stranger => {
        asked.push(stranger)
        return true
      },
      ...change,
    })
    result.catch(() => {})
    const { port } = await Promise.race([told.first('listening'), result.then(() => ({ port: 0 }))])
    return { told, result, port, asked, abort: () => controller.abort() }
  }

  sender(port: number, change: Partial<floor.SendOptions>) {
    const told = new Told()
    const controller = new AbortController()
    const result = send({
      ...this.#common('here', told, controller.signal),
      host: '127.0.0.1',
      port,
      paths: [],
      ...change,
    })
    result.catch(() => {})
    return { told, result, abort: () => controller.abort() }
  }

  /** Both to their good end. */
  async transfer(sending: Partial<floor.SendOptions>, receiving: Partial<floor.ReceiveOptions> = {}) {
    const there = await this.receiver(receiving)
    const here = this.sender(there.port, sending)
    const [sent, received] = await Promise.all([here.result, there.result])
    return { sent, received, here, there }
  }

  remove(): void {
    this.#scratch.remove()
  }
}

/** The code it fails with; undefined: it did not. */
export const codeOf = (result: Promise<unknown>): Promise<string | undefined> =>
  result.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )
