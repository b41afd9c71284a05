// pfs recv: waits for one transfer, or with --keep for one after the other.

import { PfsError } from '../../base/errors.ts'
import { Peers } from '../../transfer/peers.ts'
import { Admission } from '../admission.ts'
import { asker } from '../ask.ts'
import { Follower } from '../follow.ts'
import { expectAll } from '../partial.ts'
import { portDefault } from '../place.ts'
import { parsePort } from '../sizes.ts'
import { verb } from '../verb.ts'
import { commonOptions } from './transfer_options.ts'

export const recv = verb({
  examples: [
    'pfs recv',
    'pfs recv -o ~/Downloads --keep',
    'pfs recv --allow PEER-ID --on-conflict overwrite',
  ],
  options: argv =>
    argv
      .option('out', {
        alias: 'o',
        type: 'string',
        default: '.',
        requiresArg: true,
        describe: 'the directory for what is received',
      })
      .option('port', {
        alias: 'p',
        type: 'string',
        default: String(portDefault),
        requiresArg: true,
        describe: 'the UDP port to listen on',
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
      .option('on-conflict', {
        choices: ['fail', 'skip', 'overwrite', 'newer', 'rename'] as const,
        default: 'fail' as const,
        requiresArg: true,
        describe: 'when a different file has the name',
      }),
  run: async (args, context) => {
    if (args.once && args.keep) throw new PfsError('PFS_USAGE', '--once and --keep say opposite things')
    const port = parsePort(args.port)
    const { terminal, directories } = context
    const follower = new Follower(context)
    const signal = context.interruptible()
    const admission = new Admission({
      acceptsAll: args.yes === true,
      allowed: args.allow ?? [],
      terminal,
      ask: asker(terminal, follower.render, signal),
      trust: peerId => new Peers(directories.config).trust(peerId),
    })
    try {
      const transfer = await import('../../transfer/session.ts')
      const summary = await transfer.receive({
        ...commonOptions(context, follower, signal),
        port,
        directory: args.out,
        onConflict: args.onConflict,
        keep: args.keep === true,
        accept: admission.accept,
      })
      if (summary) expectAll(summary)
    } finally {
      follower.render.stop()
    }
  },
})
