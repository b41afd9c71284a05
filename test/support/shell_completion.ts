// Asks a real shell what it would complete: bash by calling the function that it would call, zsh by pressing TAB in a
// terminal of its own, fish by its own question. Needs the shells; says which are there.

import { execFileSync, type StdioOptions, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type ShellName = 'bash' | 'zsh' | 'fish'

export const hasShell = (name: string): boolean =>
  spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined

export interface Typing {
  /** A folder for what is written on the way; the shell runs in `directory`. */
  readonly scratch: string
  readonly directory: string
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
}

/** The words that are offered for the last one of `line`, sorted. */
export function completions(shell: ShellName, line: string, typing: Typing): string[] {
  const path = join(typing.scratch, `script.${shell}`)
  writeFileSync(path, typing.script)
  const found = askers[shell](path, line, typing)
  return [...new Set(found)].sort()
}

const askers: Readonly<Record<ShellName, (path: string, line: string, typing: Typing) => string[]>> = {
  bash(path, line, typing) {
    // readline splits at these, and so --flag=value comes as three words
    const words = line
      .split(' ')
      .flatMap(word => word.split(/(=)/).filter((part, at) => part !== '' || at === 0))
    const replies = `"\${COMPREPLY[@]}"`
    const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pfs; printf '%s\\n' ${replies}`
    return run('bash', ['--norc', '-c', ask, 'bash', path, ...words], typing).filter(word => word !== '')
  },
  zsh(path, line, typing) {
    const inner = join(typing.scratch, 'inner.zsh')
    const outer = join(typing.scratch, 'outer.zsh')
    writeFileSync(inner, zshInner)
    writeFileSync(outer, zshOuter)
    const said = run('zsh', ['-f', outer, inner, line], typing, { PFS_SCRIPT: path })
    return said.flatMap(one => /offered:(.*?)\r?$/.exec(one)?.[1] ?? [])
  },
  fish(path, line, typing) {
    const ask = 'source $argv[1]; complete -C $argv[2]'
    const said = run('fish', ['--no-config', '-c', ask, path, line], typing)
    return said.filter(one => one !== '').map(one => one.split('\t')[0] ?? '')
  },
}

/** In the shell at which TAB is pressed: what would be shown is printed, and then it ends. */
const zshInner = `
PROMPT=
autoload -Uz compinit && compinit -u -D
source $PFS_SCRIPT
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd () {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -O hits "$@"
  local hit
  for hit in $hits; do print -r -- "offered:$hit"; done
  builtin compadd "$@"
}
leave () { print -r -- 'all is offered'; exit }
comppostfuncs=(leave)
print -r -- it is ready
`

const zshOuter = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source $1"
while zpty -r z line; do [[ $line == *'it is ready'* ]] && break; done
zpty -n -w z "$2"$'\\t'
while zpty -r z line; do
  print -rn -- "$line"
  [[ $line == *'all is offered'* ]] && break
done
`

function run(
  command: string,
  args: readonly string[],
  { directory, environment }: Typing,
  more: Readonly<Record<string, string>> = {},
): string[] {
  const env = { ...process.env, ...environment, ...more, TERM: 'dumb' }
  const options = {
    cwd: directory,
    env,
    encoding: 'utf8' as const,
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'inherit'] satisfies StdioOptions,
  }
  return execFileSync(command, args, options).split('\n')
}
