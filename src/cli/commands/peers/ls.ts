// pfs peers ls: the keys we know, where they answered, and whether they may send to us.

import { Peers } from '../../../transfer/peers.ts'
import { printable } from '../../../wire/text.ts'
import { shownFingerprint } from '../../fingerprints.ts'
import { formatTable } from '../../format.ts'
import { verb } from '../../verb.ts'

export const ls = verb({
  examples: ['pfs peers ls', 'pfs peers ls --json', 'pfs peers ls | grep laptop'],
  options: argv => argv,
  run: async (_args, { terminal, directories }) => {
    const peers = new Peers(directories.config).list()
    terminal.document(
      peers.map(({ id, name, hosts, maySend, since }) => ({
        peer_id: id,
        fingerprint: shownFingerprint(id),
        name: name ?? null,
        hosts,
        may_send: maySend,
        since,
      })),
    )
    if (peers.length === 0) {
      terminal.say('No peers yet: the first `pfs send` or `pfs recv` meets one.')
      return
    }
    const lines = peers.map(peer => [
      printable(peer.name ?? '-'),
      shownFingerprint(peer.id),
      peer.maySend ? 'yes' : 'no',
      printable(peer.hosts.join(' ')) || '-',
      peer.since.slice(0, 10),
    ])
    for (const line of formatTable(['NAME', 'FINGERPRINT', 'MAY SEND', 'HOSTS', 'SINCE'], lines)) {
      terminal.result(line)
    }
  },
})
