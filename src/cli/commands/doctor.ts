// pfs doctor [PEER]: what this machine gives us and what to do where it could be better, a line each; with a peer, what
// the path to it gives.

import { type Check, examine } from '../../host/doctor.ts'
import type { PathReport } from '../../transfer/probe.ts'
import { formatTable } from '../format.ts'
import { pathChecks } from '../path_checks.ts'
import { type Place, parsePlace, portDefault } from '../place.ts'
import type { Terminal } from '../terminal.ts'
import { type Context, verb } from '../verb.ts'
import { version } from '../version.ts'
import { meetingOptions } from './transfer_options.ts'

export const doctor = verb({
  examples: ['pfs doctor', 'pfs doctor 192.168.1.7', 'pfs doctor --json > doctor.json'],
  options: argv =>
    argv.positional('peer', {
      type: 'string',
      describe: `look at the path to it too, where \`pfs recv\` runs: HOST or HOST:PORT (${portDefault})`,
    }),
  run: async ({ peer }, context) => {
    const { terminal, directories } = context
    const place = peer === undefined ? undefined : parsePlace(peer)
    const signal = place && context.interruptible()
    const own = await examine(directories.pool)
    show(own, terminal)
    const ofPath = peer && place && signal ? pathChecks(peer, await look(context, place, signal)) : []
    show(ofPath, terminal)
    terminal.document({
      version: version(),
      checks: [...own, ...ofPath].map(({ facts, ...check }) => ({ ...check, ...facts })),
    })
  },
})

async function look(context: Context, place: Place, signal: AbortSignal): Promise<PathReport> {
  const { settings, directories, terminal } = context
  // it takes some seconds
  if (terminal.isTerminal && !settings.isQuiet && !settings.isJson && !terminal.events)
    terminal.status(`looking at the path to ${place.host}`)
  try {
    const { probePeer } = await import('../../transfer/probe.ts')
    return await probePeer({ directories, signal, ...meetingOptions(settings) }, place)
  } finally {
    terminal.status('')
  }
}

function show(checks: readonly Check[], terminal: Terminal): void {
  const lines = checks.map(({ status, name, says, fix }) => [status, name, fix ? `${says}; ${fix}` : says])
  // the table's own headings say nothing that the lines do not
  for (const line of formatTable(['', '', ''], lines).slice(1)) terminal.result(line)
}
