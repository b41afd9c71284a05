// From words to a verb and its arguments, or to a text that was asked for. The only file that drives yargs: strict,
// in English whatever the locale (scripts read our messages), with suggestions. Every slip is PFS_USAGE.

import yargs, { type Argv } from 'yargs'
import { PfsError } from '../base/errors.ts'
import { nearest } from '../config/suggest.ts'
import { globalOptions } from './settings.ts'
import type { Verb } from './verb.ts'
import { commandNames, type Row, rows } from './verbs.ts'
import { version } from './version.ts'

export type Parsed =
  | {
      readonly kind: 'run'
      /** In full, `pool seed add` for one. */
      readonly name: string
      readonly verb: Verb
      readonly args: Readonly<Record<string, unknown>>
    }
  /** Help or the version: for stdout. */
  | { readonly kind: 'text'; readonly text: string }

/** What a parse has come to so far. */
interface Found {
  isHelp: boolean
  examples: readonly string[]
  /** Of the innermost command that was named. */
  name: string
  verb: Verb | undefined
  args: Readonly<Record<string, unknown>>
  flags: readonly string[]
  /** Names that take several values. */
  arrays: readonly string[]
}

export async function parse(words: readonly string[], columns: number): Promise<Parsed> {
  const isHelp = asksForHelp(words)
  const found: Found = {
    isHelp,
    examples: topExamples,
    name: '',
    verb: undefined,
    args: {},
    flags: [],
    arrays: [],
  }
  let text = ''
  try {
    const argv = withRows(globalOptions(root(isHelp ? Math.min(columns, columnsMax) : null)), rows, '', found)
    await argv.parseAsync(hidden(words), {}, (_error: unknown, _args: unknown, output: string) => {
      text = output
    })
  } catch (error) {
    if (error instanceof PfsError) throw error
    if (error instanceof Error && error.name === 'YError') throw usage(error.message, words, found)
    throw error
  }
  if (found.verb && text === '') return { kind: 'run', name: found.name, verb: found.verb, args: found.args }
  const isPage = text.includes('\n')
  return { kind: 'text', text: isPage ? `${examplesText(found.examples)}\n${text}\n` : `${text}\n` }
}

const topExamples: readonly string[] = ['pfs recv', 'pfs send big.iso 192.168.1.7', 'pfs pool stats']

const columnsMax = 110

function asksForHelp(words: readonly string[]): boolean {
  return words.some(word => word === 'help' || word === '--help' || word.startsWith('-h'))
}

function root(columns: number | null): Argv {
  return (
    yargs()
      .scriptName('pfs')
      .locale('en')
      .exitProcess(false)
      .parserConfiguration({
        'boolean-negation': false, // --no-learn is a flag of its own, and --learn another
        'greedy-arrays': false, // --allow PEER takes one
        'parse-positional-numbers': false, // a file may be called 007
      })
      .strict()
      .recommendCommands()
      .help('help')
      .alias('help', 'h')
      .version(version())
      .describe('help', 'this text')
      .describe('version', 'the version')
      .wrap(columns)
      .demandCommand(1, 'say what to do')
      .epilogue('Exit codes: pfs help exit-codes')
      .showHelpOnFail(false)
      // a slip found by yargs or by a verb's check, which comes as its text; what our own code threw goes on as it is
      .fail((message: string, error: unknown) => {
        throw error instanceof Error ? error : Object.assign(new Error(message), { name: 'YError' })
      })
  )
}

function withRows(argv: Argv, all: readonly Row[], before: string, found: Found): Argv {
  for (const row of all) {
    const name = before + (row.command.split(' ')[0] ?? '')
    if ('rows' in row) {
      argv.command(row.command, row.describe, inner => {
        Object.assign(found, { examples: row.examples, name })
        return withRows(inner, row.rows, `${name} `, found).demandCommand(
          1,
          `say what \`pfs ${name}\` shall do`,
        )
      })
      continue
    }
    argv.command(
      row.command,
      row.describe,
      async inner => {
        const verb = await row.load()
        const built = verb.options(inner)
        const options = optionsOf(built)
        Object.assign(found, { examples: verb.examples, name, verb, ...options })
        // yargs sets its help whether anybody reads it or not: half of all the parsing
        if (!found.isHelp) for (const flag of options.flags) built.hide(flag)
        return built
      },
      args => {
        found.args = lastOnes(args, found.arrays)
      },
    )
  }
  return argv
}

function examplesText(examples: readonly string[]): string {
  return ['Examples:', ...examples.map(example => `  ${example}`), ''].join('\n')
}

// yargs has no typed way to ask for the names it knows
function optionsOf(argv: Argv): Pick<Found, 'flags' | 'arrays'> {
  const known = argv as unknown as {
    getOptions(): { key: Readonly<Record<string, unknown>>; array: readonly string[] }
  }
  const { key, array } = known.getOptions()
  return { flags: Object.keys(key).filter(name => name.length > 1), arrays: array }
}

/**
 * yargs loses a word that is a dash alone, and takes a last word `help` for a wish, though a file or a host may be called
 * so: behind a command we hide them from it. No word can have a zero byte in it.
 */
function hidden(words: readonly string[]): string[] {
  const end = commandEnd(words)
  return words.map((word, at) => (word === '-' || (word === 'help' && at > end) ? `${mark}${word}` : word))
}

const mark = '\0'

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  return typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : value
}

/** Where the name of the command is complete; past all words where it is not. */
function commandEnd(words: readonly string[]): number {
  let inside = rows
  for (const [at, word] of words.entries()) {
    const row = inside.find(({ command }) => command.split(' ')[0] === word)
    if (row && !('rows' in row)) return at
    inside = row?.rows ?? inside
  }
  return words.length
}

/** An option that is given twice counts as it was given last; yargs would make a list of it, whatever its type. */
function lastOnes(
  args: Readonly<Record<string, unknown>>,
  arrays: readonly string[],
): Record<string, unknown> {
  const last = ([name, value]: [string, unknown]): [string, unknown] => {
    const isList = name === '_' || arrays.includes(name)
    return [name, shown(Array.isArray(value) && !isList ? value.at(-1) : value)]
  }
  return Object.fromEntries(Object.entries(args).map(last))
}

/** @param message what yargs says of it */
function usage(message: string, words: readonly string[], found: Found): PfsError {
  const help = found.name === '' ? 'pfs --help' : `pfs ${found.name} --help`
  const plain = message.replaceAll(/\s*\n\s*/g, ' ').trim()
  const suggested = /^Did you mean (.+)\?$/.exec(plain)?.[1]
  if (suggested) {
    const meant = `pfs ${found.name === '' ? '' : `${found.name} `}${suggested}`
    return new PfsError('PFS_USAGE', 'there is no such command', { hint: `Did you mean \`${meant}\`?` })
  }
  const first = words.find(word => !word.startsWith('-'))
  if (found.name === '' && first !== undefined) return unknownCommand(first, words, help)
  const unknown = /^Unknown arguments?: (.+)$/.exec(plain)?.[1]?.split(', ')
  const flag = unknown?.find(word => words.some(given => given.split('=')[0] === `--${word}`))
  if (flag !== undefined) {
    const near = nearest(flag, found.flags)
    const hint = near ? `Did you mean --${near}?` : `See: ${help}`
    return new PfsError('PFS_USAGE', `there is no option --${flag}`, { hint })
  }
  return new PfsError(
    'PFS_USAGE',
    plain.replace(/^./, letter => letter.toLowerCase()),
    { hint: `See: ${help}` },
  )
}

/** `pfs FILE HOST` is what people write first. */
function unknownCommand(word: string, words: readonly string[], help: string): PfsError {
  const others = words.filter(other => !other.startsWith('-')).slice(1)
  const isPath = /[./\\]/.test(word) || others.length === 1
  const near = nearest(word, commandNames())
  const hint = near
    ? `Did you mean \`pfs ${near}\`?`
    : isPath
      ? `To send a file: pfs send ${word} ${others[0] ?? 'HOST'}`
      : `See: ${help}`
  return new PfsError('PFS_USAGE', `there is no command ${word}`, { hint })
}
