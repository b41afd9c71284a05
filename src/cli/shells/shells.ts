// THE TABLE of shells we write completions for. To add one: a file, a row, and a test in the shell itself.

import type { Pages } from '../command_pages.ts'
import { bash } from './bash.ts'
import { fish } from './fish.ts'
import { zsh } from './zsh.ts'

/** The whole script, which calls no pfs when it runs. */
export type Shell = (pages: Pages) => string

export const shells = { bash, zsh, fish } as const satisfies Record<string, Shell>

export type ShellName = keyof typeof shells
