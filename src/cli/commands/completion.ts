// pfs completion SHELL: a script that knows every command and option. It is made once; pressing TAB starts no pfs.

import { loadPages } from '../command_pages.ts'
import { type ShellName, shells } from '../shells/shells.ts'
import { verb } from '../verb.ts'

export const completion = verb({
  needsConfiguration: false,
  examples: [
    'pfs completion bash > ~/.local/share/bash-completion/completions/pfs',
    'pfs completion zsh > ~/.zfunc/_pfs   (with fpath+=~/.zfunc before compinit)',
    'pfs completion fish > ~/.config/fish/completions/pfs.fish',
  ],
  options: argv =>
    argv.positional('shell', {
      choices: Object.keys(shells) as ShellName[],
      demandOption: true,
      describe: 'whose script',
    }),
  run: async ({ shell }, { terminal }) => {
    const script = shells[shell](await loadPages())
    for (const line of script.trimEnd().split('\n')) terminal.result(line)
    terminal.document({ shell, script })
  },
})
