// One run of the command: words in, exit status out. Joins parser, settings, terminal and verb, and is where every
// fault arrives at last.

import { directories } from '../transfer/directories.ts'
import { earlyEvents, openEvents } from './events.ts'
import { complain } from './failure.ts'
import { Interrupts, shellLine } from './interrupt.ts'
import { parse } from './parser.ts'
import { defaultSettings, type Settings, settingsOf } from './settings.ts'
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
  const interrupts = new Interrupts(shellLine(words))
  // a fault outside of any call of ours: told like the others, and then the end, which every part survives
  process.on('uncaughtException', error => {
    terminal.status('')
    process.exit(complain(error, { terminal, settings }))
  })
  try {
    const parsed = await parse(words.length === 0 ? ['--help'] : words, process.stdout.columns || 100)
    if (parsed.kind === 'text') {
      process.stdout.write(parsed.text)
      return 0
    }
    settings = settingsOf(parsed.args)
    terminal = new Terminal(process.stdout, process.stderr, settings, openEvents(settings, process.env))
    const context: Context = {
      settings,
      terminal,
      directories: directories(),
      interruptible: interrupts.watch,
    }
    await parsed.verb.run(parsed.args, context)
    if (interrupts.exitStatus !== undefined) throw interrupts.fault()
    return 0
  } catch (error) {
    if (interrupts.exitStatus === undefined) return complain(error, { terminal, settings })
    // whatever broke because we broke off is not news
    return complain(interrupts.fault(error), { terminal, settings }, interrupts.exitStatus)
  }
}

/** `pfs … | head` ends without a word; a terminal that is gone must not turn a finished transfer into a fault. */
function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
