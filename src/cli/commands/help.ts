// pfs help [topic]: the exit codes, from the table of failures itself; or the help of a command.

import { failures, PfsError } from '../../base/errors.ts'
import { nearest } from '../../config/suggest.ts'
import { verb } from '../verb.ts'
import { commandNames, rows } from '../verbs.ts'

export const help = verb({
  needsConfiguration: false,
  examples: ['pfs help exit-codes', 'pfs help send', 'pfs send --help'],
  options: argv =>
    argv.positional('topic', { type: 'string', describe: 'exit-codes, or the name of a command' }),
  run: async ({ topic }, { terminal }) => {
    if (topic === 'exit-codes') {
      for (const line of exitCodes()) terminal.result(line)
      terminal.document(failures)
      return
    }
    const groups = rows.map(row => row.command.split(' ')[0] ?? '')
    if (topic !== undefined && !groups.includes(topic)) {
      const near = nearest(topic, [...groups, 'exit-codes'])
      throw new PfsError('PFS_USAGE', `there is no help on ${topic}`, {
        hint: near
          ? `Did you mean \`pfs help ${near}\`?`
          : `There is exit-codes, and each of: ${commandNames().join(', ')}`,
      })
    }
    const { parse } = await import('../parser.ts')
    const parsed = await parse(
      topic === undefined ? ['--help'] : [topic, '--help'],
      process.stdout.columns || 100,
    )
    if (parsed.kind === 'text') process.stdout.write(parsed.text)
  },
})

/** One line for each status, and each failure that ends with it. */
export function exitCodes(): string[] {
  const byStatus = new Map<number, string[]>([[0, ['done, or nothing to do']]])
  for (const [code, { exit, sentence }] of Object.entries(failures)) {
    byStatus.set(exit, [...(byStatus.get(exit) ?? []), `${sentence} (${code})`])
  }
  byStatus.set(143, ['ended by SIGTERM'])
  return [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([status, sentences]) =>
      sentences.map((sentence, at) => `${(at === 0 ? String(status) : '').padStart(3)}  ${sentence}`),
    )
}
