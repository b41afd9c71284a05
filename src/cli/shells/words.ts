// What the scripts of all shells need to know of the commands. Pure.

import type { CommandPage, OptionPage, Pages } from '../command_pages.ts'
import { topics } from '../help_topics.ts'

/** As they are typed: --port and -p. */
export const flagsOf = ({ name, letters }: OptionPage): string[] => [
  `--${name}`,
  ...letters.map(letter => `-${letter}`),
]

/** Flags after which a word is a value, of whatever command. */
export function flagsWithValue({ globals, commands }: Pages): string[] {
  const options = [...globals, ...commands.flatMap(page => page.options)].filter(({ value }) => value)
  return [...new Set(options.flatMap(flagsOf))]
}

/** The commands that follow on `name`: their last words. '' is pfs itself. */
export function nextWords({ commands }: Pages, name: string): CommandPage[] {
  const depth = name === '' ? 1 : name.split(' ').length + 1
  const before = name === '' ? '' : `${name} `
  return commands.filter(page => page.name.startsWith(before) && page.name.split(' ').length === depth)
}

export const lastWord = (name: string): string => name.split(' ').at(-1) ?? name

/** What the place for a command takes at `pfs help` or `pfs man`: the first words. */
export const commandWords = (pages: Pages, name: string): string[] => [
  ...(name === 'help' ? Object.keys(topics) : []),
  ...nextWords(pages, '').map(page => page.name),
]

/** In single quotes, for a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Prints the hosts that the file of known peers names, as `pfs send` takes them. It is read when TAB is pressed; pfs is
 * not started. @param quote the shell's
 */
export function hostsCommand(quote: (text: string) => string): string {
  const pick = String.raw`s/^ *"\([^" ]*:[0-9][0-9]*\)",\{0,1\}$/\1/p`
  // the usual port is left out, and an IPv6 address with another one gets its brackets
  const shorten = ['s/:9419$//', 't', String.raw`s/^\(.*:.*\):\([0-9]*\)$/[\1]:\2/`]
  return `sed -n ${quote(pick)} "$peers" 2>/dev/null | sed ${shorten.map(word => `-e ${quote(word)}`).join(' ')}`
}

/** Sets `peers` to that file, in a POSIX shell. */
export const peersFile = `local peers=\${PFS_HOME:+$PFS_HOME/config}
  peers=\${peers:-\${XDG_CONFIG_HOME:-$HOME/.config}/pfs}/peers.json`
