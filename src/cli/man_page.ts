// A manual page in the man(7) macros, made from what a command declares. Pure; the date and the version come in.

import { type CommandPage, type OptionPage, type Pages, placeholder, synopsis } from './command_pages.ts'
import type { Variable } from './environment.ts'

export interface Edition {
  /** 2026-11-26. */
  readonly date: string
  readonly version: string
}

/** What the first page has besides the commands. */
export interface Tables {
  /** Status and what it means. */
  readonly exitCodes: readonly (readonly [string, string])[]
  readonly variables: readonly Variable[]
}

/** `pfs-pool-seed-add.1`. @param name '' for pfs itself */
export const manFile = (name: string): string => `${manName(name)}.1`

const manName = (name: string): string => ['pfs', ...name.split(' ')].filter(word => word !== '').join('-')

/** The page of pfs itself. */
export function topPage(pages: Pages, tables: Tables, edition: Edition): string {
  return lines(
    heading('', 'move files by sending where the bytes already are', edition),
    '.SH SYNOPSIS',
    '.B pfs',
    '.I COMMAND',
    '[\\fIOPTIONS\\fR] ...',
    '.SH DESCRIPTION',
    text(
      'Files and directories go from `pfs send` to `pfs recv` over an encrypted UDP transport. Content that',
    ),
    text('both sides hold already, in the pool of each, is named instead of sent.'),
    '.SH COMMANDS',
    ...pages.commands
      .filter(page => page.commands.length === 0)
      .flatMap(page => ['.TP', `.BR ${dashed(manName(page.name))} (1)`, text(page.says)]),
    '.SH OPTIONS',
    'Every command takes these.',
    ...pages.globals.flatMap(optionLines),
    '.SH EXIT STATUS',
    ...tables.exitCodes.flatMap(([status, says]) => ['.TP', `.B ${status}`, text(says)]),
    '.SH ENVIRONMENT',
    ...tables.variables.flatMap(({ name, says }) => ['.TP', `.B ${text(name)}`, text(says)]),
    '.SH EXAMPLES',
    ...exampleLines(['pfs recv', 'pfs send big.iso 192.168.1.7', 'pfs pool stats']),
    '.SH SEE ALSO',
    seeAlso(['send', 'recv', 'doctor']),
  )
}

/** The page of a command, or of a group of them. */
export function commandPage(page: CommandPage, pages: Pages, edition: Edition): string {
  const { name, says, positionals, options, examples, commands } = page
  const inner = pages.commands.filter(other => commands.includes(other.name))
  const section = (title: string, body: readonly string[]): string[] =>
    body.length > 0 ? [`.SH ${title}`, ...body] : []
  return lines(
    heading(name, says, edition),
    '.SH SYNOPSIS',
    `.B ${text(synopsis(page))}`,
    '.SH DESCRIPTION',
    `${text(capital(says))}.`,
    ...positionals.flatMap(place => [
      '.TP',
      `.I ${text(place.name.toUpperCase())}`,
      text(place.says || place.name),
    ]),
    ...section(
      'COMMANDS',
      inner.flatMap(other => ['.TP', `.BR ${dashed(manName(other.name))} (1)`, text(other.says)]),
    ),
    ...section('OPTIONS', options.flatMap(optionLines)),
    '.SH EXAMPLES',
    ...exampleLines(examples),
    '.SH SEE ALSO',
    '.BR pfs (1),\nfor the options that every command takes, exit status and environment',
  )
}

function heading(name: string, says: string, { date, version }: Edition): string {
  const title = dashed(manName(name).toUpperCase())
  return lines(
    `.TH ${title} 1 ${date} "pfs ${version}" "pfs"`,
    '.SH NAME',
    `${dashed(manName(name))} \\- ${text(says)}`,
  ).trimEnd()
}

function optionLines(option: OptionPage): string[] {
  const { name, letters, says, initial } = option
  const flags = [...letters.map(letter => `-${letter}`), `--${name}`].map(flag => `\\fB${dashed(flag)}\\fR`)
  const word = placeholder(option)
  const value = word === '' ? '' : ` \\fI${dashed(word)}\\fR`
  const suffix = initial === undefined ? '' : ` (default: ${initial})`
  return ['.TP', `${flags.join(', ')}${value}`, text(says + suffix)]
}

const exampleLines = (examples: readonly string[]): string[] => ['.nf', ...examples.map(text), '.fi']

const seeAlso = (names: readonly string[]): string =>
  names.map((name, at) => `.BR ${dashed(manName(name))} (1)${at < names.length - 1 ? ',' : ''}`).join('\n')

const capital = (says: string): string => says.replace(/^./, letter => letter.toUpperCase())

/** A dash that stays one: what is copied from a page must be what is typed. */
const dashed = (word: string): string => word.replaceAll('-', '\\-')

/** Nothing in it is a request to the formatter. */
function text(line: string): string {
  const safe = line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('…', '\\&...')
    .replaceAll('·', '\\(pc')
  return safe.startsWith('.') ? `\\&${safe}` : safe
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`
