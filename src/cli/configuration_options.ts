// The flags about configuration and log, which every command takes. What they mean is resolve.ts's business.

import type { Argv } from 'yargs'
import { table } from '../config/table.ts'

export function configurationOptions<T>(argv: Argv<T>): Argv<T> {
  const group = 'Configuration and log:'
  return argv
    .option('config', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'a configuration file in place of your own; see pfs config path',
    })
    .option('no-config', { type: 'boolean', group, describe: 'read no configuration file' })
    .option('profile', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'what the configuration has under this name, over all else in it',
    })
    .option('project', { type: 'boolean', group, describe: 'obey the pfs.yaml of this directory, too' })
    .option('log-level', {
      choices: table['log.level'].kind.choices,
      requiresArg: true,
      group,
      describe: 'what is logged (silent; info where there is a log file)',
    })
    .option('log-format', {
      choices: table['log.format'].kind.choices,
      requiresArg: true,
      group,
      describe: 'how a line of the log is written (human on stderr, json in a file)',
    })
    .option('log-file', {
      type: 'string',
      requiresArg: true,
      group,
      describe: 'add the log to this file rather than to stderr',
    })
}
