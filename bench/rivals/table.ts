// THE TABLE of contenders, in the order of a round. To add one: a file, and a row here.

import { iperf3 } from './iperf3.ts'
import { iroh } from './iroh.ts'
import { pfs } from './pfs.ts'
import type { Rival } from './rival.ts'
import { rsync, rsyncDaemon } from './rsync.ts'
import { scp } from './scp.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'
import { udx } from './udx.ts'

export const contenders: readonly Rival[] = [
  pfs('pfs', []),
  pfs('pfs --no-learn', ['--no-learn']),
  iperf3(),
  iperf3('cubic'),
  iperf3('bbr'),
  tcp,
  tls,
  scp,
  rsync,
  rsyncDaemon,
  udx,
  iroh,
]
