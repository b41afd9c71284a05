// pfs config init: the example file, where there is none yet.

import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PfsError } from '../../../base/errors.ts'
import { exampleText } from '../../../config/example.ts'
import { chosenFiles } from '../../../config/resolve.ts'
import { diskFault, errnoOf } from '../../../host/file.ts'
import { ensureDirectory } from '../../../transfer/directories.ts'
import { surroundingsOf } from '../../surroundings.ts'
import { verb } from '../../verb.ts'

export const init = verb({
  needsConfiguration: false,
  examples: ['pfs config init', 'pfs config init --project', 'pfs config init --config ./team.yaml'],
  options: argv => argv,
  run: async (args, { terminal, directories }) => {
    const files = chosenFiles({ ...args, 'no-config': false }, surroundingsOf(directories))
    const layer = args.project === true ? 'project' : 'user'
    const { path } = files.find(file => file.layer === layer) ?? { path: '' }
    try {
      // only our own folder is made: a path that was named is spelled wrong where its folder is not there
      if (args.project !== true && args.config === undefined) ensureDirectory(dirname(path))
      writeFileSync(path, exampleText(), { flag: 'wx', mode: 0o600 })
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw diskFault(error, 'PFS_WRITE', path)
      throw new PfsError('PFS_EXISTS', path, { path, hint: 'Edit it, or take it away first.' })
    }
    terminal.say('Every setting is in it as a comment, with what holds without it.')
    terminal.result(path)
    terminal.document({ path })
  },
})
