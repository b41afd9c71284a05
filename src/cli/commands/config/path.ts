// pfs config path: the user's own file, there or not, for $EDITOR; with --json all that would be read.

import { existsSync } from 'node:fs'
import { chosenFiles } from '../../../config/resolve.ts'
import { surroundingsOf } from '../../surroundings.ts'
import { verb } from '../../verb.ts'

export const path = verb({
  needsConfiguration: false,
  examples: ['pfs config path', 'pfs config path --json', 'pfs config path --project --json'],
  options: argv => argv,
  run: async (args, { terminal, directories }) => {
    const files = chosenFiles(args, surroundingsOf(directories)).map(({ layer, path, other }) => {
      const written = other !== undefined && !existsSync(path) && existsSync(other) ? other : path
      return { layer, path: written, exists: existsSync(written) }
    })
    const own = files.find(({ layer }) => layer === 'user')
    if (own) terminal.result(own.path)
    else terminal.say('No file is read, with --no-config.')
    terminal.document({ path: own?.path ?? null, files })
  },
})
