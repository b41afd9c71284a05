// pfs config show [--origin]: each setting, the value that holds here, and which layer it comes from.

import { originText } from '../../../config/origin.ts'
import { fallbackOf, keys, rowOf, type Values } from '../../../config/table.ts'
import { formatTable } from '../../format.ts'
import { verb } from '../../verb.ts'

export const show = verb({
  examples: ['pfs config show', 'pfs config show --origin', 'pfs config show --profile metered --json'],
  options: argv => argv.option('origin', { type: 'boolean', describe: 'where each value comes from, too' }),
  run: async (args, { terminal, configuration, settings, directories }) => {
    const { values, origins, files, profile } = configuration
    // defaults that depend on where and how we run
    const here: Values = {
      'pool.dir': directories.pool,
      'log.level': settings.log.level,
      'log.format': settings.log.format,
    }
    const all = keys.map(key => {
      const held = values[key] ?? here[key]
      const fallback = fallbackOf(key)
      const value = held === undefined ? fallback.value : rowOf(key).kind.write(held)
      const text = value === undefined ? fallback.text : [value].flat().join(', ')
      return { key, value, text, origin: origins[key] }
    })
    const lines = all.map(({ key, text, origin }) => [
      key,
      text,
      ...(args.origin ? [originText(origin)] : []),
    ])
    const headings = ['SETTING', 'VALUE', ...(args.origin ? ['FROM'] : [])]
    for (const line of formatTable(headings, lines)) terminal.result(line)
    terminal.document({
      files,
      profile: profile ?? null,
      settings: all.map(({ key, value, origin }) => ({
        name: key,
        value: value ?? null,
        origin: origin.kind,
        from: originText(origin),
      })),
    })
  },
})
