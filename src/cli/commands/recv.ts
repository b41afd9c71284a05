// pfs recv: waits for one transfer, or with --keep for one after the other.

import { randomBytes } from 'node:crypto'
import { PfsError } from '../../base/errors.ts'
import type { ConflictPolicy, ReceiveOptions } from '../../transfer/events.ts'
import { Peers } from '../../transfer/peers.ts'
import { secretBytes } from '../../transfer/ticket.ts'
import { Admission } from '../admission.ts'
import { asker } from '../ask.ts'
import { conflictAsker, conflictTeller } from '../conflict.ts'
import { Follower } from '../follow.ts'
import { expectAll } from '../partial.ts'
import { portDefault } from '../place.ts'
import { parseDuration, parsePort } from '../sizes.ts'
import type { Terminal } from '../terminal.ts'
import { verb } from '../verb.ts'
import { commonOptions, limitOptions, limitsOf } from './transfer_options.ts'

export const recv = verb({
  examples: ['pfs recv', 'pfs recv -o ~/Downloads --keep', 'pfs recv --code --on-conflict overwrite'],
  options: argv =>
    limitOptions(argv)
      .option('out', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'the directory for what is received (here), or - to write one file to stdout',
      })
      .option('port', {
        alias: 'p',
        type: 'string',
        requiresArg: true,
        describe: `the port to listen on, UDP and TCP (${portDefault})`,
      })
      .option('once', { type: 'boolean', describe: 'end after one transfer (what it does anyway)' })
      .option('keep', { type: 'boolean', describe: 'go on after each transfer' })
      .option('yes', { alias: 'y', type: 'boolean', describe: 'accept files from anybody' })
      .option('allow', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'accept files from this peer: its id or fingerprint; may be repeated',
      })
      .option('code', {
        type: 'boolean',
        describe: 'print a ticket: whoever sends by it is let in without a question, and is sure to reach us',
      })
      .option('expires', {
        type: 'string',
        requiresArg: true,
        describe: 'how long the ticket lets anybody in: 30m, 24h (1h)',
      })
      .option('on-conflict', {
        choices: ['resume', 'ask', 'fail', 'skip', 'overwrite', 'newer', 'rename'] as const,
        requiresArg: true,
        describe: 'when a different file has the name (resume: ask, or fail where nobody can be asked)',
      }),
  run: async (args, context) => {
    if (args.once && args.keep) throw new PfsError('PFS_USAGE', '--once and --keep say opposite things')
    const { terminal, directories, settings } = context
    const { configured } = settings
    const port = args.port === undefined ? (configured.port ?? portDefault) : parsePort(args.port)
    const out = args.out ?? configured.out ?? '.'
    const isPiped = out === '-'
    const keeps = args.keep === true || (configured.keep === true && args.once !== true && !isPiped)
    if (isPiped && args.keep) throw new PfsError('PFS_USAGE', 'standard output takes one file: no --keep')
    if (isPiped && settings.isJson)
      throw new PfsError('PFS_USAGE', '--json and -o - both want standard output')
    const ticket = args.code ? newTicket(args.expires) : undefined
    const follower = new Follower(context, { secret: ticket?.secret, isPiped })
    const signal = context.interruptible()
    const ask = asker(terminal, follower.render, signal)
    const decide = deciderOf(terminal, ask)
    const admission = new Admission({
      acceptsAll: args.yes === true,
      allowed: args.allow ?? configured.allow ?? [],
      terminal,
      ask,
      trust: peerId => new Peers(directories.config).trust(peerId),
    })
    try {
      const common = {
        ...commonOptions(context, follower, signal),
        ...limitsOf(args, context.settings),
        port,
        ...(ticket ? { ticket } : {}),
        accept: admission.accept,
      }
      if (isPiped) {
        const { receiveInto } = await import('../../transfer/sink.ts')
        await receiveInto(process.stdout, common)
        return
      }
      const transfer = await import('../../transfer/session.ts')
      const summary = await transfer.receive({
        ...common,
        directory: out,
        onConflict: policyOf(args.onConflict ?? configured.onConflict, decide !== undefined),
        ...(decide ? { decide } : {}),
        keep: keeps,
      })
      if (summary) expectAll(summary)
    } finally {
      follower.render.stop()
    }
  },
})

/** The name of the default stands for what is best where it is used. */
function policyOf(word: ConflictPolicy | 'resume' | undefined, isToldOf: boolean): ConflictPolicy {
  if (word !== undefined && word !== 'resume') return word
  return isToldOf ? 'ask' : 'fail'
}

/** Whoever hears of a conflict: a person, or the program that reads events; undefined: nobody. */
function deciderOf(terminal: Terminal, ask: ReturnType<typeof asker>): ReceiveOptions['decide'] {
  if (ask) return conflictAsker(terminal, ask)
  return terminal.events && conflictTeller(terminal.events)
}

function newTicket(expires = '1h'): { secret: Uint8Array; expiresMillis: number } {
  return {
    secret: new Uint8Array(randomBytes(secretBytes)),
    expiresMillis: Date.now() + parseDuration(expires),
  }
}
