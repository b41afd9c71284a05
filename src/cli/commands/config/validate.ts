// pfs config validate [FILE]: everything that is wrong with it, and not only the first.

import { PfsError } from '../../../base/errors.ts'
import { placeText } from '../../../config/origin.ts'
import { chosenFiles } from '../../../config/resolve.ts'
import { plural } from '../../format.ts'
import { surroundingsOf } from '../../surroundings.ts'
import { verb } from '../../verb.ts'

export const validate = verb({
  needsConfiguration: false,
  examples: ['pfs config validate', 'pfs config validate ./pfs.yaml', 'pfs config validate --json'],
  options: argv =>
    argv.positional('file', { type: 'string', describe: 'what to check in place of what would be read' }),
  run: async (args, { terminal, directories }) => {
    const { readCandidate } = await import('../../../config/files.ts')
    const { readDocument } = await import('../../../config/document.ts')
    const candidates =
      args.file === undefined
        ? chosenFiles(args, surroundingsOf(directories))
        : [{ layer: 'user' as const, path: args.file, isNamed: true }]
    const files = candidates.flatMap(candidate => {
      const found = readCandidate(candidate)
      if (!found) return []
      const reading = readDocument(found.text)
      return [{ path: found.path, mistakes: reading.kind === 'bad' ? reading.mistakes : [] }]
    })
    for (const { path, mistakes } of files) {
      if (mistakes.length === 0) terminal.result(`${path}: good`)
      for (const { line, column, what, hint } of mistakes)
        terminal.result(
          `${placeText({ path, line, column })}: ${what}${hint === undefined ? '' : ` (${hint})`}`,
        )
    }
    if (files.length === 0) terminal.say('There is no configuration file: everything is as it is by default.')
    terminal.document({
      files: files.map(({ path, mistakes }) => ({
        path,
        mistakes: mistakes.map(({ line, column, what, hint }) => ({
          line,
          column,
          what,
          hint: hint ?? null,
        })),
      })),
    })
    const count = files.reduce((sum, { mistakes }) => sum + mistakes.length, 0)
    if (count > 0)
      throw new PfsError('PFS_CONFIG', plural(count, 'mistake'), { hint: 'See: pfs config schema' })
  },
})
