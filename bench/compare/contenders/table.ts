// THE TABLE of what is raced, in the order of a round; pfs first. To add one: a file, and a row here.

import { iperf3 } from '../../rivals/iperf3.ts'
import { iroh } from '../../rivals/iroh.ts'
import { scp } from '../../rivals/scp.ts'
import { tcp } from '../../rivals/tcp.ts'
import { tls } from '../../rivals/tls.ts'
import { udx } from '../../rivals/udx.ts'
import { own } from '../own.ts'
import type { Contender } from './contender.ts'
import { copy } from './copies.ts'
import { pfs, pfsOnKnownPath } from './pfs.ts'
import { rsyncDaemon, rsyncSsh } from './rsync.ts'
import { tar } from './tar.ts'

/** Names are words of a filter: no blanks, no commas. */
export const contenders: readonly Contender[] = [
  pfs(own, []),
  pfsOnKnownPath('pfs-known-path', 'satellite'),
  copy(iperf3('cubic'), { name: 'iperf3-cubic', isMemory: true }),
  copy(iperf3('bbr'), { name: 'iperf3-bbr', isMemory: true }),
  copy(iperf3('cubic', 8), { name: 'iperf3-cubic-x8', isMemory: true }),
  copy(tcp, { name: 'tcp-cubic', congestion: 'cubic' }),
  copy(tcp, { name: 'tcp-bbr', congestion: 'bbr', isYardstick: true }),
  copy(tls, { name: 'tls' }),
  copy(scp, { name: 'scp', isYardstick: true }),
  rsyncSsh,
  rsyncDaemon,
  tar,
  copy(udx, { name: 'udx', isTcp: false }),
  copy(iroh, { name: 'iroh', isTcp: false }),
]
