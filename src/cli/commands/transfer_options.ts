// What send, recv and sync hand to the transfer floor alike, and the flags that send and recv have alike.

import type { Argv } from 'yargs'
import { PfsError } from '../../base/errors.ts'
import { congestionOf } from '../../config/congestions.ts'
import { table } from '../../config/table.ts'
import type { Congestion } from '../../proto/congestion/index.ts'
import type { CommonOptions } from '../../transfer/events.ts'
import type { Follower } from '../follow.ts'
import { parseRates } from '../rate_spec.ts'
import type { Settings } from '../settings.ts'
import { parseSize } from '../sizes.ts'
import type { Context } from '../verb.ts'

export function commonOptions(context: Context, follower: Follower, signal: AbortSignal): CommonOptions {
  const { learn, configured } = context.settings
  return {
    directories: context.directories,
    onEvent: follower.onEvent,
    signal,
    learn,
    ...meetingOptions(context.settings),
    ...(configured.qlog === undefined ? {} : { qlogFolder: configured.qlog }),
  }
}

/** How a peer is met, as far as anybody said. */
export function meetingOptions({
  suite,
  transport,
  family,
  bind,
  stallMicros,
  connectMicros,
}: Settings): Pick<
  CommonOptions,
  'suite' | 'transport' | 'family' | 'bind' | 'stallMicros' | 'connectMicros'
> {
  return {
    ...(suite === undefined ? {} : { suite }),
    ...(transport === undefined ? {} : { transport }),
    ...(family === undefined ? {} : { family }),
    ...(bind === undefined ? {} : { bind }),
    ...(stallMicros === undefined ? {} : { stallMicros }),
    ...(connectMicros === undefined ? {} : { connectMicros }),
  }
}

export const limitOptions = <T>(argv: Argv<T>) =>
  argv
    .option('bwlimit', {
      type: 'string',
      requiresArg: true,
      describe: 'no faster than so many bytes a second: 10M, or by the time of day "08:00,1M 18:00,off"',
    })
    .option('max-transfer', {
      type: 'string',
      requiresArg: true,
      describe: 'stop when so many bytes have gone over the wire, to go on another time',
    })
    .option('congestion', {
      type: 'string',
      requiresArg: true,
      describe:
        'how fast to send: bbr, cubic, background, which yields to others, or fixed:RATE on a link of your own',
    })
    .option('qlog', {
      type: 'string',
      requiresArg: true,
      describe: 'a folder that gets a qlog file of each connection, to look at with qvis',
    })
    .option('preserve', {
      type: 'string',
      requiresArg: true,
      describe:
        'mode,mtime,hardlinks,sparse are always kept; with owner, owners too (both sides must ask for it)',
    })

/** What a flag says, or else what is configured. */
interface LimitArguments {
  readonly bwlimit?: string | undefined
  readonly maxTransfer?: string | undefined
  readonly preserve?: string | undefined
  readonly congestion?: string | undefined
  readonly qlog?: string | undefined
}

export function limitsOf(
  args: LimitArguments,
  { configured }: Context['settings'],
): {
  readonly preservesOwner: boolean
} & Pick<CommonOptions, 'rates' | 'maxWireBytes' | 'congestion' | 'qlogFolder'> {
  const bwlimit = args.bwlimit ?? configured.bwlimit
  const congestion = congestionNamed(args.congestion ?? configured.congestion)
  const rates = bwlimit === undefined ? undefined : parseRates(bwlimit)
  const preserve = args.preserve === undefined ? configured.preserve : preserved(args.preserve)
  const maxWireBytes =
    args.maxTransfer === undefined ? configured.maxTransferBytes : parseSize(args.maxTransfer)
  return {
    preservesOwner: preserve?.includes('owner') ?? false,
    ...(rates ? { rates } : {}),
    ...(maxWireBytes === undefined ? {} : { maxWireBytes }),
    ...(congestion === undefined ? {} : { congestion }),
    ...(args.qlog === undefined ? {} : { qlogFolder: args.qlog }),
  }
}

function congestionNamed(text: string | undefined): Congestion | undefined {
  const congestion = text === undefined ? undefined : congestionOf(text)
  if (text === undefined || congestion !== undefined) return congestion
  throw new PfsError('PFS_USAGE', `${text} is nothing that --congestion knows`, {
    hint: `It takes ${table['transfer.congestion'].kind.wanted}.`,
  })
}

function preserved(list: string): readonly string[] {
  const { kind } = table['transfer.preserve']
  const names = kind.read(list)
  if (names) return names
  throw new PfsError('PFS_USAGE', `${list} is nothing that --preserve knows`, {
    hint: `It takes ${kind.wanted}.`,
  })
}
