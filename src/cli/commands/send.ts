// pfs send FILE HOST[:port]. The transport is loaded only when something is sent, so that help costs nothing.

import { basename } from 'node:path'
import { Follower } from '../follow.ts'
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
      .positional('file', { type: 'string', demandOption: true, describe: 'what to send' })
      .positional('host', {
        type: 'string',
        demandOption: true,
        describe: `where \`pfs recv\` runs: HOST or HOST:PORT (${portDefault})`,
      }),
  run: async (args, context) => {
    const { host, port } = parsePlace(args.host)
    const follower = new Follower(context)
    follower.render.start('send', basename(args.file), 0, 'connecting')
    try {
      const options = commonOptions(context, follower, context.interruptible())
      const transfer = await import('../../transfer/session.ts')
      await transfer.send({ ...options, path: args.file, host, port })
    } finally {
      follower.render.stop()
    }
  },
})
