// pfs help [topic]: the exit codes, the events and the environment, each from its own table; or the help of a command.

import { PfsError } from '../../base/errors.ts'
import { nearest } from '../../config/suggest.ts'
import { topics } from '../help_topics.ts'
import { verb } from '../verb.ts'
import { commandNames, rows } from '../verbs.ts'

export const help = verb({
  needsConfiguration: false,
  examples: ['pfs help exit-codes', 'pfs help events', 'pfs help pool init'],
  options: argv =>
    argv.positional('topic', {
      type: 'string',
      array: true,
      describe: `${Object.keys(topics).join(', ')}, or a command`,
    }),
  run: async ({ topic = [] }, { terminal }) => {
    const name = topic.join(' ')
    const found = Object.hasOwn(topics, name) ? topics[name] : undefined
    if (found) {
      for (const line of found.lines()) terminal.result(line)
      terminal.document(found.document)
      return
    }
    if (name !== '' && !isCommand(name)) throw noHelp(name)
    const { parse } = await import('../parser.ts')
    const parsed = await parse([...topic, '--help'], process.stdout.columns || 100)
    if (parsed.kind !== 'text') return
    for (const line of parsed.text.trimEnd().split('\n')) terminal.result(line)
    terminal.document({ text: parsed.text })
  },
})

/** Of a group too: `pool`, for one, begins the names of its commands. */
const isCommand = (name: string): boolean =>
  [...commandNames(), ...rows.map(row => row.command)].some(known => `${known} `.startsWith(`${name} `))

function noHelp(name: string): PfsError {
  const known = [...Object.keys(topics), ...commandNames()]
  const near = nearest(name, known)
  return new PfsError('PFS_USAGE', `there is no help on ${name}`, {
    hint: near ? `Did you mean \`pfs help ${near}\`?` : `There is help on: ${known.join(', ')}`,
  })
}
