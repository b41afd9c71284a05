// Completion for bash, 3.2 and newer, without the bash-completion package. One function that finds the command among the
// words, and tables of what may follow as case patterns. Pure.

import type { OptionPage, Pages, ValueKind } from '../command_pages.ts'
import {
  commandWords,
  flagsOf,
  flagsWithValue,
  hostsCommand,
  lastWord,
  nextWords,
  peersFile,
  quoted,
} from './words.ts'

export function bash(pages: Pages): string {
  const names = ['', ...pages.commands.map(({ name }) => name)]
  return `# bash completion for pfs. To use it: eval "$(pfs completion bash)", or put it into
# ~/.local/share/bash-completion/completions/pfs
${hosts}
_pfs_words() {
  local word
  while IFS= read -r word; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done <<< "\${1// /$'\\n'}"
}

_pfs_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}

_pfs() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} name= at word
  COMPREPLY=()
  # readline takes --flag=value for three words
  if [[ $cur == '=' ]]; then cur=
  elif [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
    ${flagsWithValue(pages).join(' | ')})
      ((at++))
      [[ \${COMP_WORDS[at]} == '=' ]] && ((at++))
      ;;
    -*) ;;
    *)
      case "$name $word" in
      ${pages.commands.map(({ name }) => quoted(` ${name}`)).join(' | ')}) name="$name $word" ;;
      esac
      ;;
    esac
  done
  name=\${name# }
  case "$name:$before" in
${allValueCases(pages).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    _pfs_words ${quoted(pages.globals.flatMap(flagsOf).join(' '))}
    case $name in
${pages.commands
  .filter(({ options }) => options.length > 0)
  .map(
    ({ name, options }) => `    ${quoted(name)}) _pfs_words ${quoted(options.flatMap(flagsOf).join(' '))} ;;`,
  )
  .join('\n')}
    esac
    return
  fi
  case $name in
${names
  .map(name => placeCase(pages, name))
  .filter(line => line !== '')
  .join('\n')}
  esac
}

complete -F _pfs pfs
`
}

const hosts = `
_pfs_hosts() {
  ${peersFile}
  { compgen -A hostname; ${hostsCommand(quoted)}; } | sort -u
}
`

function allValueCases({ globals, commands }: Pages): string[] {
  const own = commands.flatMap(({ name, options }) => options.flatMap(option => valueCases(name, option)))
  return [...globals.flatMap(option => valueCases('*', option)), ...own]
}

function valueCases(name: string, option: OptionPage): string[] {
  if (!option.value) return []
  const patterns = flagsOf(option).map(flag => (name === '*' ? `*:${flag}` : quoted(`${name}:${flag}`)))
  return [`  ${patterns.join(' | ')}) ${actionOf(option.value)} return ;;`]
}

function placeCase(pages: Pages, name: string): string {
  const next = nextWords(pages, name)
  const page = pages.commands.find(page => page.name === name)
  const place = page?.positionals[0]?.value
  if (next.length > 0)
    return `  ${quoted(name)}) _pfs_words ${quoted(next.map(page => lastWord(page.name)).join(' '))} ;;`
  if (place?.kind === 'command') {
    return `  ${quoted(name)}) _pfs_words ${quoted(commandWords(pages, name).join(' '))} ;;`
  }
  return place ? `  ${quoted(name)}) ${actionOf(place)} ;;` : ''
}

function actionOf(value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return `_pfs_words ${quoted(value.words.join(' '))};`
    case 'file':
      return '_pfs_paths -f;'
    case 'directory':
      return '_pfs_paths -d;'
    case 'host':
      return '_pfs_words "$(_pfs_hosts)";'
    case 'file_or_host':
      return '_pfs_words "$(_pfs_hosts)"; _pfs_paths -f;'
    default:
      return ':;'
  }
}
