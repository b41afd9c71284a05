// The commands as data: what verbs.ts lists and each verb declares, read by playing the part of yargs. Help is yargs' own;
// completion and the man pages are made from this, so that all three come from one table. Loads every verb.

import type { Argv, Options, PositionalOptions } from 'yargs'
import { globalOptions } from './settings.ts'
import type { Verb } from './verb.ts'
import { type Row, rows } from './verbs.ts'

/** What a word that is expected here may be. */
export type ValueKind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'directory' | 'host' | 'file_or_host' | 'command' | 'any' }

export interface OptionPage {
  /** Without dashes. */
  readonly name: string
  /** One letter each. */
  readonly letters: readonly string[]
  readonly says: string
  /** undefined: it takes no value. */
  readonly value: ValueKind | undefined
  readonly isRepeatable: boolean
  /** As the help shows it. */
  readonly initial: string | undefined
}

export interface PositionalPage {
  readonly name: string
  readonly says: string
  readonly isRequired: boolean
  readonly isMany: boolean
  readonly value: ValueKind
}

export interface CommandPage {
  /** `pool seed add`. */
  readonly name: string
  readonly says: string
  readonly examples: readonly string[]
  readonly positionals: readonly PositionalPage[]
  /** Its own; what every command takes is apart. */
  readonly options: readonly OptionPage[]
  /** Names of what a group has; empty for a command. */
  readonly commands: readonly string[]
}

export interface Pages {
  readonly globals: readonly OptionPage[]
  /** Groups before their commands, in the order of the table. */
  readonly commands: readonly CommandPage[]
}

export async function loadPages(): Promise<Pages> {
  const record = new Recorder()
  globalOptions(record.argv)
  const shown: OptionPage[] = [
    optionOf('help', { alias: 'h', type: 'boolean', describe: 'help on the command' }),
    optionOf('version', { type: 'boolean', describe: 'the version' }),
  ]
  return { globals: [...record.options, ...shown], commands: await pagesOf(rows, '') }
}

async function pagesOf(all: readonly Row[], before: string): Promise<CommandPage[]> {
  const pages: CommandPage[] = []
  for (const row of all) {
    const [word = '', ...shapes] = row.command.split(' ')
    const name = before + word
    if ('rows' in row) {
      const inner = await pagesOf(row.rows, `${name} `)
      const depth = name.split(' ').length + 1
      const commands = inner.map(page => page.name).filter(inside => inside.split(' ').length === depth)
      const { examples, describe: says } = row
      pages.push({ name, says, examples, positionals: [], options: [], commands }, ...inner)
    } else pages.push(pageOf(name, row.describe, shapes, await row.load()))
  }
  return pages
}

function pageOf(name: string, says: string, shapes: readonly string[], verb: Verb): CommandPage {
  const record = new Recorder()
  verb.options(record.argv)
  const positionals = shapes.map((shape): PositionalPage => {
    const word = shape.replace(/[<>[\]]|\.\.$/g, '').replace(/\.\.$/, '')
    const spec = record.positionals.get(word) ?? {}
    return {
      name: word,
      says: spec.describe ?? '',
      isRequired: shape.startsWith('<'),
      isMany: shape.includes('..'),
      value: expectedOf(`${name} ${word}`, word, spec.choices),
    }
  })
  return { name, says, examples: verb.examples, positionals, options: record.options, commands: [] }
}

/** Stands in for yargs: keeps what is declared, and lets whatever else is said of it pass. */
class Recorder {
  readonly options: OptionPage[] = []
  readonly positionals = new Map<string, PositionalOptions>()
  readonly argv: Argv

  constructor() {
    this.argv = new Proxy({} as Argv, {
      get:
        (_target, method) =>
        (name: unknown, spec: unknown = {}) => {
          if (method === 'positional') this.positionals.set(name as string, spec as PositionalOptions)
          else if (method === 'option' || method === 'options') this.#option(name, spec as Options)
          return this.argv
        },
    })
  }

  #option(name: unknown, spec: Options): void {
    const declared = typeof name === 'string' ? { [name]: spec } : (name as Record<string, Options>)
    for (const [word, one] of Object.entries(declared))
      if (!one.hidden) this.options.push(optionOf(word, one))
  }
}

function optionOf(name: string, spec: Options): OptionPage {
  const { alias = [], type, choices, describe = '', default: initial } = spec
  const takesNone = type === 'boolean' || type === 'count'
  return {
    name,
    letters: [alias].flat().filter(word => word.length === 1),
    says: describe,
    value: takesNone ? undefined : expectedOf(name, name, choices),
    isRepeatable: spec.array === true,
    initial: initial === undefined ? undefined : String(initial),
  }
}

/** What the name of an option or a place does not say by itself. */
const kinds: Readonly<Record<string, Exclude<ValueKind['kind'], 'words'>>> = {
  'send word': 'file_or_host',
  'help topic': 'command',
  'man command': 'command',
  out: 'directory',
  qlog: 'directory',
  file: 'file',
  config: 'file',
  host: 'host',
  peer: 'host',
}

function expectedOf(
  path: string,
  name: string,
  choices: readonly (string | number | true | undefined)[] | undefined,
): ValueKind {
  if (choices) return { kind: 'words', words: choices.map(String) }
  const known = kinds[path] ?? kinds[name]
  if (known) return { kind: known }
  if (/-(file|from)$/.test(name)) return { kind: 'file' }
  return { kind: name.endsWith('-dir') ? 'directory' : 'any' }
}

/** The word for a value, as help and man show it. */
export function placeholder({ name, value }: Pick<OptionPage, 'name' | 'value'>): string {
  switch (value?.kind) {
    case undefined:
      return ''
    case 'words':
      return value.words.join('|')
    case 'file':
      return 'FILE'
    case 'directory':
      return 'DIR'
    case 'host':
      return 'HOST'
    default:
      return (name.split('-').at(-1) ?? name).toUpperCase()
  }
}

/** `pool seed add <file..>`, as it is typed. */
export function synopsis(page: CommandPage): string {
  const words = page.positionals.map(({ name, isRequired, isMany }) => {
    const word = name.toUpperCase() + (isMany ? '…' : '')
    return isRequired ? word : `[${word}]`
  })
  const rest =
    page.commands.length > 0 ? ['COMMAND'] : [...(page.options.length > 0 ? ['[OPTIONS]'] : []), ...words]
  return ['pfs', page.name, ...rest].join(' ')
}
