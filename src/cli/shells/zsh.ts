// Completion for zsh: a function for each command, in the words of _arguments. Pure.

import type { CommandPage, OptionPage, Pages, PositionalPage, ValueKind } from '../command_pages.ts'
import { commandWords, flagsOf, hostsCommand, lastWord, nextWords, peersFile, quoted } from './words.ts'

export function zsh(pages: Pages): string {
  return `#compdef pfs
# zsh completion for pfs. To use it: pfs completion zsh > a folder of $fpath, as _pfs; or source it after compinit.
${hosts}
_pfs_of_all=(
${pages.globals.map(option => `  ${optionWord(option)}`).join('\n')}
)

${['', ...pages.commands.map(({ name }) => name)].map(name => functionOf(pages, name)).join('\n\n')}

if [[ $funcstack[1] == _pfs ]]; then _pfs "$@"; else compdef _pfs pfs; fi
`
}

const hosts = `
_pfs_hosts() {
  ${peersFile}
  local -a found
  found=(\${(f)"$(${hostsCommand(quoted)})"})
  (( $#found )) && compadd -a found
  _hosts
}

_pfs_files_or_hosts() {
  _files
  _pfs_hosts
}
`

const functionName = (name: string): string => (name === '' ? '_pfs' : `_pfs_${name.replaceAll(' ', '_')}`)

function functionOf(pages: Pages, name: string): string {
  const next = nextWords(pages, name)
  const page = pages.commands.find(page => page.name === name)
  if (next.length > 0) return groupFunction(name, next)
  const words = [
    ...(page?.options ?? []).map(optionWord),
    ...(page?.positionals ?? []).map((place, at) => placeWord(pages, page?.name ?? '', place, at + 1)),
  ]
  return `${functionName(name)}() {
  _arguments -s -S $_pfs_of_all ${words.map(word => `\\\n    ${word}`).join(' ')}
}`
}

function groupFunction(name: string, next: readonly CommandPage[]): string {
  const described = next.map(page => quoted(`${lastWord(page.name)}:${page.says.replaceAll(':', '\\:')}`))
  const cases = next.map(page => `      ${lastWord(page.name)}) ${functionName(page.name)} ;;`)
  return `${functionName(name)}() {
  local state line context
  typeset -A opt_args
  _arguments -s -S -C $_pfs_of_all '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands
      commands=(${described.join(' ')})
      _describe -t commands command commands
      ;;
    rest)
      case $words[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}`
}

/** `(-p --port)'{-p,--port}'[says]:port:_files`, each writing a word of its own. */
function optionWord(option: OptionPage): string {
  const { says, value, isRepeatable, name } = option
  const flags = flagsOf(option)
  const isMany = isRepeatable ? '*' : flags.length > 1 ? `(${flags.join(' ')})` : ''
  const rest = quoted(`[${escaped(says)}]${value ? `:${name}:${actionOf(value)}` : ''}`)
  // --flag takes its value behind a = too; -f does not
  const written = flags.map(flag => (value && flag.startsWith('--') ? `${flag}=` : flag))
  return written.length > 1
    ? `${quoted(isMany)}{${written.join(',')}}${rest}`
    : `${quoted(`${isMany}${written[0]}`)}${rest}`
}

function placeWord(
  pages: Pages,
  command: string,
  { name, isMany, isRequired, value }: PositionalPage,
  at: number,
): string {
  const where = isMany ? '*' : `${at}${isRequired ? '' : ':'}`
  const action = value.kind === 'command' ? `(${commandWords(pages, command).join(' ')})` : actionOf(value)
  return quoted(`${where}:${name}:${action}`)
}

function actionOf(value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`
    case 'file':
      return '_files'
    case 'directory':
      return '_files -/'
    case 'host':
      return '_pfs_hosts'
    case 'file_or_host':
      return '_pfs_files_or_hosts'
    default:
      return ' '
  }
}

const escaped = (text: string): string => text.replace(/[[\]\\:]/g, '\\$&')
