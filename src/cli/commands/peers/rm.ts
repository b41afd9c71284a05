// pfs peers rm WORD: forget a peer; the next meeting is a first one.

import { PfsError } from '../../../base/errors.ts'
import { Peers } from '../../../transfer/peers.ts'
import { plural } from '../../format.ts'
import { verb } from '../../verb.ts'

export const rm = verb({
  examples: ['pfs peers rm laptop', 'pfs peers rm 192.168.1.7', 'pfs peers rm PEER-ID'],
  options: argv =>
    argv.positional('word', {
      type: 'string',
      demandOption: true,
      describe: 'its name, host, id or the beginning of its id',
    }),
  run: async ({ word }, { terminal, directories }) => {
    const forgotten = await new Peers(directories.config).forget(word)
    if (forgotten === 0) {
      throw new PfsError('PFS_NOT_FOUND', `no peer is known as ${word}`, { hint: 'See: pfs peers ls' })
    }
    terminal.say(`Forgot ${plural(forgotten, 'peer')}.`)
    terminal.document({ forgotten })
  },
})
