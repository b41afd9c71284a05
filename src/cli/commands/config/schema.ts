// pfs config schema: what a configuration file may say, for editors that check while one writes.

import { verb } from '../../verb.ts'

export const schema = verb({
  needsConfiguration: false,
  examples: ['pfs config schema', 'pfs config schema > pfs.schema.json', 'pfs config schema --json'],
  options: argv => argv,
  run: async (_args, { terminal }) => {
    const { jsonSchema } = await import('../../../config/schema.ts')
    const document = jsonSchema()
    for (const line of JSON.stringify(document, null, 2).split('\n')) terminal.result(line)
    terminal.document(document)
  },
})
