// pfs pool seed add FILE…: learns files and pins them: content that many transfers will lean on.

import { importAll } from '../../importing.ts'
import { verb } from '../../verb.ts'

export const seedAdd = verb({
  examples: ['pfs pool seed add base-model.safetensors', 'pfs pool seed add *.iso', 'pfs pool ls'],
  options: argv =>
    argv.positional('file', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'what to learn and keep',
    }),
  run: ({ file }, context) => importAll(context, file, true),
})
