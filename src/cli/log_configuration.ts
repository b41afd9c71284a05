// What a log says of the configuration, for whoever looks into why a run did what it did: the files that were read,
// and each value that is not the default, with where it comes from. No setting is a secret. Pure.

import { originText } from '../config/origin.ts'
import type { Configuration } from '../config/resolve.ts'
import { keys, rowOf } from '../config/table.ts'
import type { Entry } from './log_entries.ts'

export function configurationEntries({ files, profile, values, origins }: Configuration): Entry[] {
  const read =
    files.length === 0 ? 'no configuration file was read' : `configuration from ${files.join(', ')}`
  const first: Entry = {
    level: 'debug',
    event: 'configuration',
    message: read,
    fields: { files, ...(profile === undefined ? {} : { profile }) },
  }
  const settings = keys
    .filter(key => values[key] !== undefined)
    .map((key): Entry => {
      const value = rowOf(key).kind.write(values[key])
      const origin = originText(origins[key])
      const message = `${key} is ${String(value)}, from ${origin}`
      return { level: 'debug', event: 'setting', message, fields: { setting: key, value, origin } }
    })
  return [first, ...settings]
}
