// The rivals of bench/rivals that copy one file all anew, as contenders; and the same over a route whose congestion
// control is set, because a namespace inherits the system's and cannot be given another by sysctl.

import { ip } from '../../../netsim/netns.ts'
import type { Rival } from '../../rivals/rival.ts'
import type { Contender, Job } from './contender.ts'

export interface CopyOptions {
  readonly isTcp?: boolean
  readonly isMemory?: boolean
  readonly isYardstick?: boolean
  /** Of the routes at both ends. */
  readonly congestion?: string
  readonly name: string
}

export function copy(rival: Rival, options: CopyOptions): Contender {
  const { congestion } = options
  return {
    name: options.name,
    carries: ['file'],
    isDelta: false,
    isMemory: options.isMemory ?? false,
    isYardstick: options.isYardstick ?? false,
    isEncrypted: rival.isEncrypted,
    isSynced: rival.isSynced,
    isTcp: options.isTcp ?? true,
    find: () => rival.find(),
    async run({ line, stage, sizeBytes, folder }) {
      if (congestion) setCongestion(line, congestion)
      return rival.run({ pair: line, source: stage.path, sizeBytes, folder })
    },
  }
}

function setCongestion({ left, right }: Job['line'], name: string): void {
  for (const { namespace, device, address } of [left, right]) {
    const net = address.replace(/\d+$/, '0/24')
    ip(`-n ${namespace} route replace ${net} dev ${device} src ${address} congctl ${name}`)
  }
}
