// pfs pool import FILE…: learns files, so that what they hold need not travel to or from here.

import { importAll } from '../../importing.ts'
import { verb } from '../../verb.ts'

export const importFiles = verb({
  examples: ['pfs pool import big.iso', 'pfs pool import *.safetensors', 'pfs pool import --json old/*.iso'],
  options: argv =>
    argv.positional('file', { type: 'string', array: true, demandOption: true, describe: 'what to learn' }),
  run: ({ file }, context) => importAll(context, file, false),
})
