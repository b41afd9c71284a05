// Which files of the trees are sent: the flags of it, and the rules that they come to. .gitignore's syntax throughout.

import { basename, resolve } from 'node:path'
import type { Argv } from 'yargs'
import { PfsError } from '../base/errors.ts'
import type { SelectionRules } from '../transfer/events.ts'
import { readPathList } from './path_list.ts'

const group = 'What of a directory:'

export const selectionOptions = <T>(argv: Argv<T>) =>
  argv
    .option('include', {
      type: 'string',
      array: true,
      requiresArg: true,
      group,
      describe: 'only what matches, as in a .gitignore; may be repeated',
    })
    .option('exclude', {
      type: 'string',
      array: true,
      requiresArg: true,
      group,
      describe: 'not what matches, as in a .gitignore; may be repeated',
    })
    .option('files-from', {
      type: 'string',
      requiresArg: true,
      group,
      describe:
        'only the paths that this file lists, relative to the one directory that is named; - for stdin',
    })
    .option('from0', {
      alias: '0',
      type: 'boolean',
      group,
      describe: '--files-from has a zero byte behind each path, as find -print0 writes it',
    })
    .option('no-ignore-files', {
      type: 'boolean',
      group,
      describe: 'send what .pfsignore files say to leave out, too',
    })
    .option('links', {
      choices: ['keep', 'follow', 'skip'] as const,
      requiresArg: true,
      group,
      describe: 'what becomes of symbolic links in it (keep)',
    })

interface SelectionArguments {
  readonly include?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly filesFrom?: string | undefined
  readonly from0?: boolean | undefined
  readonly noIgnoreFiles?: boolean | undefined
}

/** @param paths as the user named them */
export async function rulesOf(
  args: SelectionArguments,
  paths: readonly string[],
): Promise<Partial<SelectionRules>> {
  const { include, exclude, filesFrom, from0, noIgnoreFiles } = args
  return {
    ...(include ? { include } : {}),
    ...(exclude ? { exclude } : {}),
    ...(filesFrom === undefined ? {} : { only: await listed(filesFrom, from0 === true, paths) }),
    ignoreFiles: noIgnoreFiles !== true,
  }
}

/** Names from the top down, as the rules want them. */
async function listed(from: string, hasZeros: boolean, paths: readonly string[]): Promise<Uint8Array[]> {
  const [directory, ...more] = paths
  if (directory === undefined || more.length > 0 || directory === '-')
    throw new PfsError('PFS_USAGE', '--files-from goes with one directory', {
      hint: 'Name the directory that the listed paths are below, and nothing else.',
    })
  const top = Buffer.from(`${basename(resolve(directory))}/`)
  return (await readPathList(from, hasZeros)).map(path => Buffer.concat([top, path]))
}
