// THE TABLE of settings: each has a name in the document, what it can be, and what stands for it elsewhere. A new
// setting is a row here, and whoever obeys it. Nothing is listed that nobody obeys. Loads no zod.

import { minute, second } from '../base/units.ts'
import { type SuiteName, suites } from '../crypto/suites.ts'
import { transports } from '../net/carrier.ts'
import {
  choice,
  congestion,
  duration,
  type Kind,
  list,
  path,
  port,
  rate,
  several,
  size,
  type ValueOf,
  type Written,
  yesOrNo,
} from './kinds.ts'

/** Where `pfs recv` listens unless told otherwise. */
export const portDefault = 9419

/** As the flags have them. `resume` asks, or fails where nobody can be asked. */
const policies = ['resume', 'ask', 'fail', 'skip', 'overwrite', 'newer', 'rename'] as const
/** All but owners are kept in any case. */
const attributes = ['mode', 'mtime', 'hardlinks', 'sparse', 'owner'] as const
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
const suiteNames = suites.map(suite => suite.name.toLowerCase() as Lowercase<SuiteName>)

export interface Row<K extends Kind<unknown> = Kind<unknown>> {
  readonly kind: K
  /** A comment in the example file, and the description in the JSON Schema. */
  readonly describe: string
  /** What holds where nobody said anything: a value, or in words what no value can say. */
  readonly fallback: ValueOf<K> | { readonly says: string }
  /** As it would be written in the example file. */
  readonly example: string
  readonly variable?: string
  /** Of the flags that every command takes; what a verb's own flags say is the verb's business. */
  readonly flag?: string
  /** The flag is a switch, and this is what it says. */
  readonly flagValue?: ValueOf<K>
}

const row = <K extends Kind<unknown>>(kind: K, rest: Omit<Row<K>, 'kind'>): Row<K> => ({ kind, ...rest })

/** What the protocol lets an idle time-out be: PROTOCOL.md §5. */
const stall = duration(second, 600 * second)
/** Less is shorter than a round trip; a day and more is a mistyped wait. */
const connect = duration(second / 10, 24 * 60 * minute)

export const table = {
  'transfer.bwlimit': row(rate, {
    describe: 'no faster than this many bytes a second, in either direction',
    fallback: 'off',
    example: '10M',
    variable: 'PFS_BWLIMIT',
  }),
  'transfer.stall_timeout': row(stall, {
    describe: 'silence after which a peer is given up',
    fallback: 30 * second,
    example: '30s',
    flag: 'stall-timeout',
  }),
  'transfer.connect_timeout': row(connect, {
    describe: 'how long to wait for a first answer',
    fallback: 10 * second,
    example: '20s',
    flag: 'connect-timeout',
  }),
  'transfer.on_conflict': row(choice(policies), {
    describe: 'what recv does when something different has the name',
    fallback: 'resume',
    example: 'rename',
  }),
  'transfer.preserve': row(several(attributes), {
    describe: 'with owner in it, owners are kept too; the others always are',
    fallback: ['mode', 'mtime', 'hardlinks', 'sparse'],
    example: '[owner]',
  }),
  'transfer.links': row(choice(['keep', 'follow', 'skip']), {
    describe: 'what becomes of symbolic links below what is sent',
    fallback: 'keep',
    example: 'skip',
  }),
  'transfer.learn': row(yesOrNo, {
    describe: 'whether a transfer teaches the pool',
    fallback: true,
    example: 'false',
    flag: 'no-learn',
    flagValue: false,
  }),
  'transfer.suite': row(choice(suiteNames), {
    describe: 'the one cipher to use',
    fallback: { says: 'the best that both sides have' },
    example: 'aes-256-gcm',
    flag: 'suite',
  }),
  'transfer.transport': row(choice(transports), {
    describe: 'what carries the packets: udp, tcp, or auto for UDP first and TCP where UDP gets no answer',
    fallback: 'auto',
    example: 'udp',
    variable: 'PFS_TRANSPORT',
    flag: 'transport',
  }),
  'transfer.congestion': row(congestion, {
    describe:
      'what decides how fast to send: bbr, cubic, background, which yields to others, or fixed:RATE on a link of your own',
    fallback: 'bbr',
    example: 'background',
    variable: 'PFS_CONGESTION',
  }),
  'transfer.max_transfer': row(size, {
    describe: 'a transfer ends when so much went over the wire',
    fallback: { says: 'no limit' },
    example: '50GiB',
  }),
  'transfer.qlog': row(path, {
    describe: 'a folder that gets a qlog file of each connection, for qvis',
    fallback: { says: 'no log of connections' },
    example: '~/qlog',
    variable: 'PFS_QLOG',
  }),
  'receive.out': row(path, {
    describe: 'the directory for what is received',
    fallback: { says: 'the directory where pfs runs' },
    example: '~/Downloads',
    variable: 'PFS_OUT',
  }),
  'receive.port': row(port, {
    describe: 'the port that recv listens on, UDP and TCP',
    fallback: portDefault,
    example: String(portDefault),
  }),
  'receive.allow': row(list('a list of peer ids or fingerprints'), {
    describe: 'peers whose files are accepted without asking',
    fallback: { says: 'those of `pfs peers ls`' },
    example: '[PEER-ID]',
  }),
  'receive.keep': row(yesOrNo, {
    describe: 'whether recv goes on after a transfer',
    fallback: false,
    example: 'true',
  }),
  'pool.dir': row(path, {
    describe: 'where the pool lies',
    fallback: { says: 'pool, in the data directory' },
    example: '/var/lib/pfs/pool',
    variable: 'PFS_POOL_DIR',
  }),
  'log.level': row(choice(logLevels), {
    describe: 'what is logged: to stderr, or to log.file',
    fallback: { says: 'silent; info where log.file is set' },
    example: 'info',
    variable: 'PFS_LOG_LEVEL',
    flag: 'log-level',
  }),
  'log.format': row(choice(['human', 'json']), {
    describe: 'how a line of the log is written',
    fallback: { says: 'human on stderr, json in a file' },
    example: 'json',
    variable: 'PFS_LOG_FORMAT',
    flag: 'log-format',
  }),
  'log.file': row(path, {
    describe: 'a file that the log is added to',
    fallback: { says: 'stderr' },
    example: '~/pfs.log',
    variable: 'PFS_LOG_FILE',
    flag: 'log-file',
  }),
  'output.progress': row(choice(['auto', 'bar', 'lines', 'none']), {
    describe: 'how progress is shown on stderr',
    fallback: 'auto',
    example: 'lines',
    variable: 'PFS_PROGRESS',
    flag: 'progress',
  }),
  'output.color': row(choice(['auto', 'always', 'never']), {
    describe: 'colours; NO_COLOR is obeyed too',
    fallback: 'auto',
    example: 'never',
    flag: 'color',
  }),
}

export type Key = keyof typeof table
export type Values = { readonly [K in Key]?: ValueOf<(typeof table)[K]['kind']> }

export const keys = Object.keys(table) as readonly Key[]

/** Any row, for those that do not care which. */
export const rowOf = (key: Key): Row => table[key]

/** As a document would have it; in words where it could not. */
export function fallbackOf(key: Key): { readonly value: Written | undefined; readonly text: string } {
  const { kind, fallback } = rowOf(key)
  const isWords = typeof fallback === 'object' && fallback !== null && 'says' in fallback
  if (isWords) return { value: undefined, text: String(fallback.says) }
  const value = kind.write(fallback)
  return { value, text: [value].flat().join(', ') }
}

/** `transfer` and `bwlimit`. */
export function partsOf(key: Key): readonly [section: string, name: string] {
  const [section = '', name = ''] = key.split('.')
  return [section, name]
}

export const sections: readonly string[] = [...new Set(keys.map(key => partsOf(key)[0]))]
