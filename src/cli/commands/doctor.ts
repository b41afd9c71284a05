// pfs doctor: what this machine gives us and what to do where it could be better, a line each.

import { examine } from '../../host/doctor.ts'
import { formatTable } from '../format.ts'
import { verb } from '../verb.ts'
import { version } from '../version.ts'

export const doctor = verb({
  examples: ['pfs doctor', 'pfs doctor --json', 'pfs doctor --json > doctor.json'],
  options: argv => argv,
  run: async (_args, { terminal, directories }) => {
    const checks = await examine(directories.pool)
    const lines = checks.map(({ status, name, says, fix }) => [status, name, fix ? `${says}; ${fix}` : says])
    // the table's own headings say nothing that the lines do not
    for (const line of formatTable(['', '', ''], lines).slice(1)) terminal.result(line)
    terminal.document({
      version: version(),
      checks: checks.map(({ facts, ...check }) => ({ ...check, ...facts })),
    })
  },
})
