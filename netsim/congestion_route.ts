// Which congestion control TCP uses over a link. A new namespace inherits the machine's default and refuses to change
// it, so that a row called cubic may silently be something else: a route can say it, and it is read back.

import { spawnSync } from 'node:child_process'
import type { LabSide } from './lab.ts'
import { ip, type Side } from './netns.ts'

/**
 * Of all that this side will connect or accept over the link, by either version of IP: also of sockets that asked for
 * another before they connected (iperf3 -C, TCP_CONGESTION).
 */
export function setCongestionControl(side: LabSide, control: string): void {
  const { namespace, device, address, address6 } = side
  ip(`-n ${namespace} route replace ${networkOf(address)}/24 dev ${device} src ${address} congctl ${control}`)
  // the kernel's own route has this metric, and the default of another would come second
  const six = `${address6.replace(/::.*/, '::')}/64 dev ${device} metric 256`
  ip(`-n ${namespace} -6 route replace ${six} congctl ${control}`)
}

/** What the route towards an address says; undefined: nothing, and the namespace's default holds. */
export function congestionControlOf(side: Side, towards: string): string | undefined {
  return / congctl (\S+)/.exec(ip(`-n ${side.namespace} route get ${towards}`))?.[1]
}

/** What the established connections of this side use, by `ss`: what a row must be named by. */
export function congestionControlsInUse(side: Side): readonly string[] {
  const words = ['netns', 'exec', side.namespace, 'ss', '-Htin', 'state', 'established']
  const done = spawnSync('ip', words, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ss: ${done.stderr || done.error?.message}`)
  // a line of details is indented, and begins with the control's name
  return [...new Set([...done.stdout.matchAll(/^\s+([a-z]+) /gm)].map(([, name = '']) => name))]
}

const networkOf = (address: string): string => address.replace(/\d+$/, '0')
