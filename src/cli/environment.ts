// THE TABLE of environment variables that pfs reads, those of settings (config/table.ts) among them. `pfs help env` and the
// man page print it; a test finds each variable that the sources name. To add one: a row.

import { keys, rowOf } from '../config/table.ts'

export interface Variable {
  readonly name: string
  /** One phrase. */
  readonly says: string
}

const others: readonly Variable[] = [
  { name: 'PFS_CONFIG', says: 'the configuration file of the user, in place of its usual one' },
  { name: 'PFS_PROFILE', says: 'the profile of the configuration that holds, as --profile' },
  { name: 'PFS_PROJECT', says: 'yes: the configuration file in the working directory counts too' },
  { name: 'PFS_NO_INPUT', says: 'yes: never ask, as --no-input' },
  { name: 'PFS_HOME', says: 'one folder for all that pfs keeps: config, data and state below it' },
  {
    name: 'PFS_NATIVE',
    says: 'off: without the native addon; require: not without it; auto (as it is there)',
  },
  { name: 'PFS_ADDON', says: 'the file to load as the native addon, and no other' },
  { name: 'PFS_PROGRESS_FPS', says: 'how often --events tells progress, in times per second (2)' },
  { name: 'PFS_UDP_BUFFER_BYTES', says: 'socket buffer to ask of the kernel, each way: 65536 to 67108864' },
  { name: 'PFS_UDP_GSO', says: 'off: no trains of datagrams out, for paths that suffer from them' },
  { name: 'PFS_UDP_GRO', says: 'off: no joined datagrams in' },
  { name: 'PFS_UDP_ECN', says: 'off: congestion marks (ECN) are neither asked for nor heeded' },
  {
    name: 'SOURCE_DATE_EPOCH',
    says: 'the date of the manual pages that `pfs man` writes, in seconds since 1970',
  },
  { name: 'XDG_CONFIG_HOME', says: 'the key and the peers are in pfs below it (~/.config)' },
  { name: 'XDG_DATA_HOME', says: 'the pool is in pfs below it (~/.local/share)' },
  { name: 'XDG_STATE_HOME', says: 'journals of transfers are in pfs below it (~/.local/state)' },
  { name: 'NO_COLOR', says: 'no colours' },
  { name: 'FORCE_COLOR', says: 'colours where there is no terminal too; --color says more than both' },
  { name: 'TERM', says: 'dumb: progress in lines, without moving the cursor' },
  { name: 'CI', says: 'set, and not false: progress in lines' },
]

/** What sets a setting is in the table of settings. */
const ofSettings = keys
  .map(rowOf)
  .flatMap(({ variable, describe }) => (variable === undefined ? [] : [{ name: variable, says: describe }]))

export const variables: readonly Variable[] = [...ofSettings, ...others]

/** A line each. */
export function environmentPage(): string[] {
  const width = Math.max(...variables.map(({ name }) => name.length))
  return variables.map(({ name, says }) => `${name.padEnd(width)}  ${says}`)
}
