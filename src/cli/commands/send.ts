// pfs send FILE HOST[:port]. The transport is loaded only when something is sent, so that help costs nothing.

import { basename } from 'node:path'
import { Follower } from '../follow.ts'
import { expectAll } from '../partial.ts'
import { parsePlace, portDefault } from '../place.ts'
import { verb } from '../verb.ts'
import { commonOptions } from './transfer_options.ts'

export const send = verb({
  examples: [
    'pfs send big.iso 192.168.1.7',
    'pfs send big.iso laptop:9500',
    'pfs send big.iso [fd00::2]:9500',
  ],
  options: argv =>
    argv
      .positional('word', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: `PATH… HOST: files and directories, and where \`pfs recv\` runs: HOST or HOST:PORT (${portDefault})`,
      })
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe: 'the file name of what comes from standard input',
      })
      .check(({ word }) => word.length > 1 || 'What to send and where to: PATH… HOST'),
  run: async (args, context) => {
    const paths = args.word.slice(0, -1)
    const { host, port } = parsePlace(args.word.at(-1) ?? '')
    const follower = new Follower(context)
    follower.render.start('send', basename(paths[0] ?? ''), 0, 'connecting')
    try {
      const options = commonOptions(context, follower, context.interruptible())
      const transfer = await import('../../transfer/session.ts')
      const stream =
        paths.length === 1 && paths[0] === '-'
          ? { name: args.name ?? 'stdin', chunks: process.stdin }
          : undefined
      const summary = await transfer.send({
        ...options,
        paths: stream ? [] : paths,
        host,
        port,
        ...(stream ? { stream } : {}),
      })
      expectAll(summary)
    } finally {
      follower.render.stop()
    }
  },
})
