// The shape of a command: what it takes, three examples, what it does. A verb's file is loaded only when it is
// called; verbs.ts lists them all. Knows yargs' types and none of the verbs.

import type { ArgumentsCamelCase, Argv } from 'yargs'
import type { Configuration } from '../config/resolve.ts'
import type { Directories } from '../transfer/directories.ts'
import type { Log } from './log.ts'
import type { Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What every verb gets besides its own arguments. */
export interface Context {
  readonly settings: Settings
  /** What the settings come from, for whoever shows it. */
  readonly configuration: Configuration
  readonly terminal: Terminal
  readonly log: Log
  readonly directories: Directories
  /**
   * From now on the first Ctrl-C only aborts this signal, and the verb must end in order. A verb that never asks is
   * ended by the signal itself, which is right for all that may block the thread.
   */
  interruptible(): AbortSignal
}

export interface Verb {
  /** False: it works, and says what it is for, even where a configuration file is broken. */
  readonly needsConfiguration: boolean
  /** Shown first in its help. */
  readonly examples: readonly string[]
  readonly options: (argv: Argv) => Argv
  readonly run: (args: unknown, context: Context) => Promise<void>
}

/** Ties the arguments a verb declares to those it gets. */
export function verb<T>(spec: {
  readonly needsConfiguration?: false
  readonly examples: readonly string[]
  readonly options: (argv: Argv) => Argv<T>
  readonly run: (args: ArgumentsCamelCase<T>, context: Context) => Promise<void>
}): Verb {
  return {
    needsConfiguration: spec.needsConfiguration ?? true,
    examples: spec.examples,
    options: argv => spec.options(argv) as unknown as Argv,
    run: (args, context) => spec.run(args as ArgumentsCamelCase<T>, context),
  }
}
