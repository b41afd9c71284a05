// pfs pool sync HOST[:port]: both pools hold the same afterwards.

import { Follower } from '../../follow.ts'
import { parsePlace, portDefault } from '../../place.ts'
import { syncDocument, syncLine } from '../../summary.ts'
import { verb } from '../../verb.ts'
import { commonOptions } from '../transfer_options.ts'

export const sync = verb({
  examples: ['pfs pool sync 192.168.1.7', 'pfs pool sync laptop:9500', 'pfs pool sync laptop --json'],
  options: argv =>
    argv.positional('host', {
      type: 'string',
      demandOption: true,
      describe: `where \`pfs recv --keep\` runs: HOST or HOST:PORT (${portDefault})`,
    }),
  run: async (args, context) => {
    const { host, port } = parsePlace(args.host)
    const follower = new Follower(context)
    try {
      const options = commonOptions(context, follower, context.interruptible())
      const transfer = await import('../../../transfer/session.ts')
      const summary = await transfer.syncPools({ ...options, host, port })
      follower.render.stop()
      context.terminal.say(syncLine(args.host, summary))
      context.terminal.document(syncDocument(summary))
    } finally {
      follower.render.stop()
    }
  },
})
