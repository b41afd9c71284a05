// pfs peers trust ID: accept its files from now on without asking.

import { Peers } from '../../../transfer/peers.ts'
import { shownFingerprint } from '../../fingerprints.ts'
import { verb } from '../../verb.ts'

export const trust = verb({
  examples: [
    'pfs peers trust PEER-ID',
    'pfs peers trust PEER-ID --name laptop',
    'pfs version   (on the other machine: prints its id)',
  ],
  options: argv =>
    argv
      .positional('id', { type: 'string', demandOption: true, describe: 'what `pfs version` prints there' })
      .option('name', { type: 'string', requiresArg: true, describe: 'what to call it' }),
  run: async ({ id, name }, { terminal, directories }) => {
    const peer = await new Peers(directories.config).trust(id, name)
    terminal.say(`${peer.name ?? 'The peer'} (${shownFingerprint(peer.id)}) may send to us from now on.`)
    terminal.document({ peer_id: peer.id, name: peer.name ?? null, may_send: peer.maySend })
  },
})
