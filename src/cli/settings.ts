// The flags that every command takes, and what they come to together with everything else that is configured: one
// typed object that the verbs read. Knows the environment only as far as a progress display depends on it.

import { isIP } from 'node:net'
import type { Argv } from 'yargs'
import { PfsError } from '../base/errors.ts'
import type { Micros } from '../base/units.ts'
import { environmentSwitch } from '../config/environment.ts'
import type { ValueOf } from '../config/kinds.ts'
import { table, type Values } from '../config/table.ts'
import { type SuiteName, suites } from '../crypto/suites.ts'
import type { Transport } from '../net/carrier.ts'
import type { Family } from '../net/resolve.ts'
import { configurationOptions } from './configuration_options.ts'

export type ProgressKind = 'bar' | 'lines' | 'none'

export interface Settings {
  readonly isQuiet: boolean
  readonly isVerbose: boolean
  /** False: as where there is no terminal. */
  readonly mayAsk: boolean
  readonly isJson: boolean
  /** Where the lines of --events go; undefined: there are none. */
  readonly eventsDescriptor: number | undefined
  readonly progress: 'auto' | ProgressKind
  readonly color: 'auto' | 'always' | 'never'
  /** False: the transfer teaches the pool nothing. */
  readonly learn: boolean
  /** The one packet cipher to use. */
  readonly suite: SuiteName | undefined
  readonly transport: Transport | undefined
  /** -4 or -6. */
  readonly family: Family | undefined
  /** Our own address: an IP literal. */
  readonly bind: string | undefined
  readonly stallMicros: Micros | undefined
  readonly connectMicros: Micros | undefined
  readonly log: LogSettings
  readonly configured: Configured
}

export type LogLevel = ValueOf<(typeof table)['log.level']['kind']>

export interface LogSettings {
  readonly level: LogLevel
  readonly format: 'human' | 'json'
  /** Absent: to stderr. */
  readonly file: string | undefined
}

/** What holds where a verb's own flag is absent; absent here too: nobody said anything. */
export interface Configured {
  /** As parseRates reads it, and checked. */
  readonly bwlimit?: Values['transfer.bwlimit']
  readonly maxTransferBytes?: Values['transfer.max_transfer']
  /** Absolute, where it comes from a file. */
  /** As congestionOf reads it, and checked. */
  readonly congestion?: Values['transfer.congestion']
  readonly qlog?: Values['transfer.qlog']
  readonly links?: Values['transfer.links']
  readonly preserve?: Values['transfer.preserve']
  readonly onConflict?: Values['transfer.on_conflict']
  /** Absolute, where it comes from a file. */
  readonly out?: Values['receive.out']
  readonly port?: Values['receive.port']
  /** Peer ids or fingerprints, unchecked. */
  readonly allow?: Values['receive.allow']
  readonly keep?: Values['receive.keep']
}

export const defaultSettings: Settings = {
  isQuiet: false,
  isVerbose: false,
  mayAsk: true,
  isJson: false,
  eventsDescriptor: undefined,
  progress: 'auto',
  color: 'auto',
  learn: true,
  suite: undefined,
  transport: undefined,
  family: undefined,
  bind: undefined,
  stallMicros: undefined,
  connectMicros: undefined,
  log: { level: 'silent', format: 'human', file: undefined },
  configured: {},
}

export function globalOptions<T>(argv: Argv<T>): Argv<T> {
  return configurationOptions(commonOptions(argv))
}

function commonOptions<T>(argv: Argv<T>): Argv<T> {
  const group = 'For every command:'
  return argv
    .option('quiet', { alias: 'q', type: 'boolean', group, describe: 'only the result' })
    .option('verbose', {
      alias: 'v',
      type: 'count',
      group,
      describe: 'more about faults; -vv: the log, too, at debug',
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
    .option('transport', {
      choices: table['transfer.transport'].kind.choices,
      requiresArg: true,
      group,
      describe: 'what carries the packets (auto: UDP, and TCP where UDP gets no answer)',
    })
    .option('ipv4', { alias: '4', type: 'boolean', group, describe: 'IPv4 alone' })
    .option('ipv6', { alias: '6', type: 'boolean', group, describe: 'IPv6 alone' })
    .option('bind', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'the address of this machine to send from, or to listen on',
    })
    .option('stall-timeout', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'silence after which a peer is given up: seconds, or 2m (30s)',
    })
    .option('connect-timeout', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'how long to wait for a first answer: seconds, or 1m (10s)',
    })
    .option('progress', {
      choices: table['output.progress'].kind.choices,
      requiresArg: true,
      group,
      describe: 'how progress is shown on stderr',
    })
    .option('color', {
      choices: table['output.color'].kind.choices,
      requiresArg: true,
      group,
      describe: 'colours',
    })
    .option('no-input', { type: 'boolean', group, describe: 'never ask: as where there is no terminal' })
}

/**
 * @param args as yargs parsed them
 * @param values of all layers, the flags among them
 */
export function settingsOf(
  args: Readonly<Record<string, unknown>>,
  values: Values,
  environment: Environment = {},
): Settings {
  const suite = values['transfer.suite']
  return {
    isQuiet: args.quiet === true,
    isVerbose: countOf(args.verbose) > 0,
    mayAsk: args['no-input'] !== true && !environmentSwitch(environment, 'PFS_NO_INPUT'),
    isJson: args.json === true,
    eventsDescriptor: eventsDescriptor(args),
    progress: values['output.progress'] ?? 'auto',
    color: values['output.color'] ?? 'auto',
    learn: values['transfer.learn'] ?? true,
    suite: suites.find(({ name }) => name.toLowerCase() === suite)?.name,
    transport: values['transfer.transport'],
    ...addressSettings(args),
    stallMicros: values['transfer.stall_timeout'],
    connectMicros: values['transfer.connect_timeout'],
    log: logSettings(args, values),
    configured: configuredOf(values),
  }
}

/** Which of this machine's addresses, and of the peer's. */
function addressSettings({
  ipv4,
  ipv6,
  bind,
}: Readonly<Record<string, unknown>>): Pick<Settings, 'family' | 'bind'> {
  if (ipv4 === true && ipv6 === true) throw new PfsError('PFS_USAGE', '-4 and -6 say opposite things')
  const family = ipv4 === true ? 4 : ipv6 === true ? 6 : undefined
  if (typeof bind !== 'string') return { family, bind: undefined }
  const own = isIP(bind.replace(/%.*$/, ''))
  if (own === 0) throw new PfsError('PFS_USAGE', `--bind takes an IP address, and ${bind} is none`)
  if (family !== undefined && own !== family)
    throw new PfsError('PFS_USAGE', `-${family} and --bind ${bind} say opposite things`)
  return { family: family ?? (own === 4 ? 4 : 6), bind }
}

function eventsDescriptor(args: Readonly<Record<string, unknown>>): number | undefined {
  const descriptor = args['events-fd'] ?? (args.events === true ? 1 : undefined)
  if (descriptor === undefined) return undefined
  if (args.json === true)
    throw new PfsError('PFS_USAGE', '--events and --json are two ways of saying the same')
  if (Number.isInteger(descriptor) && (descriptor as number) >= 1) return descriptor as number
  throw new PfsError('PFS_USAGE', '--events-fd takes the number of an open descriptor')
}

const countOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

function logSettings(args: Readonly<Record<string, unknown>>, values: Values): LogSettings {
  const file = values['log.file']
  // -vv is a flag, and so outdoes what a file or a variable says of the level
  const asked = countOf(args.verbose) > 1 && args['log-level'] === undefined ? 'debug' : values['log.level']
  return {
    level: asked ?? (file === undefined ? 'silent' : 'info'),
    format: values['log.format'] ?? (file === undefined ? 'human' : 'json'),
    file,
  }
}

function configuredOf(values: Values): Configured {
  const all: { [K in keyof Configured]-?: Configured[K] | undefined } = {
    bwlimit: values['transfer.bwlimit'],
    maxTransferBytes: values['transfer.max_transfer'],
    congestion: values['transfer.congestion'],
    qlog: values['transfer.qlog'],
    links: values['transfer.links'],
    preserve: values['transfer.preserve'],
    onConflict: values['transfer.on_conflict'],
    out: values['receive.out'],
    port: values['receive.port'],
    allow: values['receive.allow'],
    keep: values['receive.keep'],
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
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
