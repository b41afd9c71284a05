// iperf3 over TCP, memory to memory: what the veth and the kernel's TCP allow here. No file, no encryption, no hash;
// its congestion control is read back, because a namespace may have another than the one asked for.

import { spawnSync } from 'node:child_process'
import { startMetered } from '../metered.ts'
import { costs } from './program.ts'
import type { Rival, Run } from './rival.ts'

const port = '5201'

interface Report {
  readonly end: {
    readonly sum_received: { readonly bytes: number; readonly seconds: number }
    readonly sender_tcp_congestion?: string
  }
}

const version = (): string | undefined =>
  /iperf ([\d.]+)/.exec(String(spawnSync('iperf3', ['--version']).stdout))?.[1]

/** @param control as -C takes it; left out: the system's own */
export function iperf3(control?: string, streams = 1): Rival {
  return {
    name: ['iperf3', ...(control ? [control] : []), ...(streams > 1 ? [`× ${streams}`] : [])].join(' '),
    isEncrypted: false,
    isSynced: false,
    find: version,
    async run({ pair, sizeBytes, folder }): Promise<Run> {
      const words = ['iperf3', '-s', '-1', '-p', port, '--forceflush']
      const server = startMetered('iperf3 -s', pair.right, folder, words)
      await server.says(/Server listening/)
      const asked = ['-n', String(sizeBytes), '-P', String(streams), ...(control ? ['-C', control] : [])]
      const flags = ['-c', pair.right.address, '-p', port, '-J', ...asked]
      const client = startMetered('iperf3 -c', pair.left, folder, ['iperf3', ...flags])
      const [{ code }] = await Promise.all([client.ended, server.ended])
      if (code !== 0) throw new Error(`iperf3\n${client.tail}${server.tail}`)
      const { end } = JSON.parse(client.stdout) as Report
      // iperf3 stops a little late: its rate is what counts
      const transferSeconds = (end.sum_received.seconds * sizeBytes) / end.sum_received.bytes
      const congestion = end.sender_tcp_congestion
      const note = `memory to memory, ${congestion ?? 'congestion control not told'}`
      const read = congestion === undefined ? {} : { congestion }
      return { ...costs(client, server), ...read, transferSeconds, target: undefined, note }
    },
  }
}
