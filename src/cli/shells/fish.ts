// Completion for fish, 3 and newer: one line for each command, option and place, each with the condition under which it
// counts. Pure.

import type { CommandPage, OptionPage, Pages, ValueKind } from '../command_pages.ts'
import { commandWords, flagsWithValue, hostsCommand, lastWord, nextWords } from './words.ts'

export function fish(pages: Pages): string {
  const lines = ['', ...pages.commands.map(({ name }) => name)].flatMap(name => linesOf(pages, name))
  return `# fish completion for pfs. To use it: pfs completion fish > ~/.config/fish/completions/pfs.fish
${functions(pages)}
complete -c pfs -f
${[...pages.globals.map(option => optionLine('', option)), ...lines].join('\n')}
`
}

function functions(pages: Pages): string {
  return `
function __pfs_name
    set -l name
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case ${flagsWithValue(pages).map(quoted).join(' ')}
                set is_value 1
            case '-*'
            case '*'
                set -l longer (string join ' ' -- $name $word)
                contains -- "$longer" ${pages.commands.map(({ name }) => quoted(name)).join(' ')}
                and set name $longer
        end
    end
    echo "$name"
end

function __pfs_at
    test (__pfs_name) = "$argv[1]"
end

function __pfs_hosts
    set -l config $HOME/.config
    set -q XDG_CONFIG_HOME; and test -n "$XDG_CONFIG_HOME"; and set config $XDG_CONFIG_HOME
    set -l peers $config/pfs/peers.json
    set -q PFS_HOME; and test -n "$PFS_HOME"; and set peers $PFS_HOME/config/peers.json
    ${hostsCommand(quoted)}
    __fish_print_hostnames
end
`
}

function linesOf(pages: Pages, name: string): string[] {
  const page = pages.commands.find(page => page.name === name)
  const next = nextWords(pages, name).map(
    ({ name: inner, says }) => `${at(name)} -a ${quoted(lastWord(inner))} -d ${quoted(says)}`,
  )
  return [
    ...next,
    ...(page?.options ?? []).map(option => optionLine(name, option)),
    ...placeLines(pages, page),
  ]
}

function placeLines(pages: Pages, page: CommandPage | undefined): string[] {
  const place = page?.positionals[0]
  if (!page || !place) return []
  if (place.value.kind !== 'command') {
    const words = valueWords(place.value, false)
    return words === '' ? [] : [`${at(page.name)}${words}`]
  }
  return [`${at(page.name)} -a ${quoted(commandWords(pages, page.name).join(' '))}`]
}

function optionLine(name: string, { name: word, letters, says, value }: OptionPage): string {
  const where = name === '' ? 'complete -c pfs' : at(name)
  const flags = [`-l ${word}`, ...letters.map(letter => `-s ${letter}`)].join(' ')
  return `${where} ${flags}${value ? valueWords(value, true) : ''} -d ${quoted(says)}`
}

const at = (name: string): string => `complete -c pfs -n ${quoted(`__pfs_at ${quoted(name)}`)}`

/** @param isOption it takes a word of its own, after it or behind a `=` */
function valueWords(value: ValueKind, isOption: boolean): string {
  const exclusive = isOption ? ' -x' : ''
  const required = isOption ? ' -r' : ''
  switch (value.kind) {
    case 'words':
      return `${exclusive} -a ${quoted(value.words.join(' '))}`
    case 'file':
      return `${required} -F`
    case 'directory':
      return `${exclusive} -a '(__fish_complete_directories)'`
    case 'host':
      return `${exclusive} -a '(__pfs_hosts)'`
    case 'file_or_host':
      return `${required} -F -a '(__pfs_hosts)'`
    default:
      return exclusive
  }
}

/** In single quotes, where fish knows two escapes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
