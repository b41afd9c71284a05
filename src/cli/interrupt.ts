// Ctrl-C and its kin. The first asks the verb to end in order and the second ends the process at once. Until a verb
// asks for that, nothing is caught and a signal does what it does to any process.

import { PfsError } from '../base/errors.ts'

const exitStatuses = { SIGINT: 130, SIGTERM: 143 } as const
type Caught = keyof typeof exitStatuses

export class Interrupts {
  readonly #again: string
  #controller: AbortController | undefined
  #caught: Caught | undefined

  /** @param again the command line that goes on where this one stopped */
  constructor(again: string) {
    this.#again = again
  }

  readonly watch = (): AbortSignal => {
    if (this.#controller) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    for (const name of Object.keys(exitStatuses) as Caught[]) {
      process.on(name, () => {
        if (this.#caught) process.exit(exitStatuses[name])
        this.#caught = name
        controller.abort(this.fault())
      })
    }
    return controller.signal
  }

  /** The status the process must end with, once a signal came. */
  get exitStatus(): number | undefined {
    return this.#caught && exitStatuses[this.#caught]
  }

  /** @param cause what broke because we broke off */
  fault(cause?: unknown): PfsError {
    const hint = `What has arrived is kept. To go on, run again: ${this.#again}`
    return new PfsError('PFS_INTERRUPTED', undefined, { retryable: true, hint, cause })
  }
}

/** The words as a shell would read them again. */
export function shellLine(words: readonly string[]): string {
  const quoted = words.map(word => (plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  return ['pfs', ...quoted].join(' ')
}

const plainWord = /^[\w@%+=:,./-]+$/
