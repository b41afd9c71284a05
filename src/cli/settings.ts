// The flags that every command takes, and what they come to. Knows the environment only as far as a progress display
// depends on it.

import type { Argv } from 'yargs'
import { PfsError } from '../base/errors.ts'
import { type Micros, second } from '../base/units.ts'
import { type SuiteName, suites } from '../crypto/suites.ts'

export type ProgressKind = 'bar' | 'lines' | 'none'

export interface Settings {
  readonly isQuiet: boolean
  readonly isVerbose: boolean
  readonly isJson: boolean
  /** Where the lines of --events go; undefined: there are none. */
  readonly eventsDescriptor: number | undefined
  readonly progress: 'auto' | ProgressKind
  readonly color: 'auto' | 'always' | 'never'
  /** False: the transfer teaches the pool nothing. */
  readonly learn: boolean
  /** The one packet cipher to use. */
  readonly suite: SuiteName | undefined
  readonly stallMicros: Micros | undefined
  readonly connectMicros: Micros | undefined
}

export const defaultSettings: Settings = {
  isQuiet: false,
  isVerbose: false,
  isJson: false,
  eventsDescriptor: undefined,
  progress: 'auto',
  color: 'auto',
  learn: true,
  suite: undefined,
  stallMicros: undefined,
  connectMicros: undefined,
}

export function globalOptions<T>(argv: Argv<T>): Argv<T> {
  const group = 'For every command:'
  return argv
    .option('quiet', { alias: 'q', type: 'boolean', group, describe: 'only the result' })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      group,
      describe: 'more about what happens, and about faults',
    })
    .option('json', {
      type: 'boolean',
      group,
      describe: 'the result as one JSON document, faults as JSON too',
    })
    .option('events', {
      type: 'boolean',
      group,
      describe: 'what happens, as one JSON object per line on stdout (pfs help events)',
    })
    .option('events-fd', {
      type: 'number',
      requiresArg: true,
      group,
      describe: 'the same on this open descriptor',
    })
    .option('no-learn', { type: 'boolean', group, describe: 'teach the pool nothing from this transfer' })
    .option('suite', {
      choices: suites.map(suite => suite.name.toLowerCase()),
      requiresArg: true,
      group,
      describe: 'the one cipher to use (the best that both sides have)',
    })
    .option('stall-timeout', {
      type: 'number',
      requiresArg: true,
      group,
      describe: 'seconds of silence after which a peer is given up (30)',
    })
    .option('connect-timeout', {
      type: 'number',
      requiresArg: true,
      group,
      describe: 'seconds to wait for a first answer',
    })
    .option('progress', {
      choices: ['auto', 'bar', 'lines', 'none'] as const,
      requiresArg: true,
      group,
      describe: 'how progress is shown on stderr',
    })
    .option('color', {
      choices: ['auto', 'always', 'never'] as const,
      requiresArg: true,
      group,
      describe: 'colours',
    })
}

/** @param args as yargs parsed them */
export function settingsOf(args: Readonly<Record<string, unknown>>): Settings {
  return {
    isQuiet: args.quiet === true,
    isVerbose: args.verbose === true,
    isJson: args.json === true,
    eventsDescriptor: eventsDescriptor(args),
    progress: (args.progress as Settings['progress'] | undefined) ?? 'auto',
    color: (args.color as Settings['color'] | undefined) ?? 'auto',
    learn: args['no-learn'] !== true,
    suite: suites.find(suite => suite.name.toLowerCase() === args.suite)?.name,
    stallMicros: seconds(args['stall-timeout'], '--stall-timeout', stallSeconds),
    connectMicros: seconds(args['connect-timeout'], '--connect-timeout', connectSeconds),
  }
}

function eventsDescriptor(args: Readonly<Record<string, unknown>>): number | undefined {
  const descriptor = args['events-fd'] ?? (args.events === true ? 1 : undefined)
  if (descriptor === undefined) return undefined
  if (args.json === true)
    throw new PfsError('PFS_USAGE', '--events and --json are two ways of saying the same')
  if (Number.isInteger(descriptor) && (descriptor as number) >= 1) return descriptor as number
  throw new PfsError('PFS_USAGE', '--events-fd takes the number of an open descriptor')
}

interface Bounds {
  readonly least: number
  readonly most: number
}

/** What the protocol lets an idle time-out be: PROTOCOL.md §5. */
const stallSeconds: Bounds = { least: 1, most: 600 }
/** Less is shorter than a round trip; a day and more is a mistyped wait. */
const connectSeconds: Bounds = { least: 0.1, most: 86_400 }

function seconds(value: unknown, flag: string, { least, most }: Bounds): Micros | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= least && value <= most) return Math.ceil(value * second)
  throw new PfsError('PFS_USAGE', `${flag} takes a number of seconds from ${least} to ${most}`)
}

type Environment = Readonly<Record<string, string | undefined>>

/** What `auto` means here: no animation unless a person watches. */
export function progressKind(
  settings: Settings,
  isTerminal: boolean,
  environment: Environment,
): ProgressKind {
  if (settings.isQuiet) return 'none'
  if (settings.progress !== 'auto') return settings.progress
  // whoever reads JSON reads stderr too
  if (settings.isJson || settings.eventsDescriptor !== undefined) return 'none'
  const isCi = environment.CI !== undefined && environment.CI !== '' && environment.CI !== 'false'
  return isTerminal && environment.TERM !== 'dumb' && !isCi ? 'bar' : 'lines'
}
