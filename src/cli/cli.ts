// One run of the command: words in, exit status out. Joins parser, settings, terminal, log and verb, and is where every
// fault arrives at last.

import { type Configuration, resolve, resolveWithoutFiles } from '../config/resolve.ts'
import { type Directories, directories } from '../transfer/directories.ts'
import { earlyEvents, openEvents } from './events.ts'
import { complain, faultOf } from './failure.ts'
import { Interrupts, shellLine } from './interrupt.ts'
import { type Log, noLog, openLog } from './log.ts'
import { type Parsed, parse } from './parser.ts'
import { defaultSettings, type Settings, settingsOf } from './settings.ts'
import { surroundingsOf } from './surroundings.ts'
import { Terminal } from './terminal.ts'
import type { Context } from './verb.ts'

export async function run(words: readonly string[]): Promise<number> {
  quietPipes()
  // until the words are understood, they say at least how a fault is to be written
  let settings: Settings = {
    ...defaultSettings,
    isJson: words.includes('--json'),
    eventsDescriptor: earlyEvents(words),
  }
  let terminal = new Terminal(process.stdout, process.stderr, settings, openEvents(settings, {}))
  let log: Log = noLog
  const interrupts = new Interrupts(shellLine(words))
  const fail = (error: unknown, exitStatus = faultOf(error).exitStatus): number => {
    log.onFault(error, exitStatus)
    return complain(error, { terminal, settings }, exitStatus)
  }
  // a fault outside of any call of ours: told like the others, and then the end, which every part survives
  process.on('uncaughtException', error => {
    terminal.status('')
    process.exit(fail(error))
  })
  try {
    const parsed = await parse(words.length === 0 ? ['--help'] : words, process.stdout.columns || 100)
    if (parsed.kind === 'text') {
      process.stdout.write(parsed.text)
      return 0
    }
    const own = directories()
    const configuration = await configurationOf(parsed, own)
    settings = settingsOf(parsed.args, configuration.values, process.env)
    terminal = new Terminal(process.stdout, process.stderr, settings, openEvents(settings, process.env))
    log = await openLog(settings.log, terminal)
    log.onBegin(parsed.name, configuration)
    const context: Context = {
      settings,
      configuration,
      terminal,
      log,
      directories: { ...own, pool: configuration.values['pool.dir'] ?? own.pool },
      interruptible: interrupts.watch,
    }
    await parsed.verb.run(parsed.args, context)
    if (interrupts.exitStatus !== undefined) throw interrupts.fault()
    log.onEnd()
    return 0
  } catch (error) {
    if (interrupts.exitStatus === undefined) return fail(error)
    // whatever broke because we broke off is not news
    return fail(interrupts.fault(error), interrupts.exitStatus)
  } finally {
    log.close()
  }
}

async function configurationOf(
  { verb, args }: Extract<Parsed, { kind: 'run' }>,
  own: Directories,
): Promise<Configuration> {
  const surroundings = surroundingsOf(own)
  if (!verb.needsConfiguration) return resolveWithoutFiles(args, surroundings.environment)
  return await resolve(args, surroundings)
}

/** `pfs … | head` ends without a word; a terminal that is gone must not turn a finished transfer into a fault. */
function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
