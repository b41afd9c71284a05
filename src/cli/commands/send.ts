// pfs send PATH… HOST…. The transport is loaded only when something is sent, so that help costs nothing.

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { PfsError } from '../../base/errors.ts'
import { diskFault } from '../../host/file.ts'
import type { SendOptions, TransferSummary } from '../../transfer/events.ts'
import { Follower } from '../follow.ts'
import { expectAll } from '../partial.ts'
import { portDefault } from '../place.ts'
import { rulesOf, selectionOptions } from '../selection_options.ts'
import { parseReceiver, type Receiver, type SendWords, splitWords } from '../send_words.ts'
import { sendToSeveral } from '../several.ts'
import { type Context, verb } from '../verb.ts'
import { commonOptions, limitOptions, limitsOf } from './transfer_options.ts'

export const send = verb({
  examples: [
    'pfs send big.iso 192.168.1.7',
    'pfs send photos/ notes.txt laptop:9500 desktop',
    'pfs send - laptop --name src.tar < src.tar',
  ],
  options: argv =>
    limitOptions(
      selectionOptions(
        argv.positional('word', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: `PATH… HOST…: files, directories or - for stdin; and who runs pfs recv: HOST, HOST:PORT (${portDefault}) or a ticket`,
        }),
      ),
    )
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe: 'the file name of what comes from standard input (stdin)',
      })
      .option('path', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe:
          'send by this interface, or from this address of ours; several, apart by commas, are used at once',
      })
      .option('dry-run', {
        alias: 'n',
        type: 'boolean',
        describe: 'ask the other side what it has, say what would travel, and send nothing',
      })
      .option('code-file', {
        type: 'string',
        requiresArg: true,
        describe: 'a file with the ticket to send by, in place of HOST: no other user sees it there',
      })
      .check(
        ({ word, codeFile }) =>
          word.length > (codeFile === undefined ? 1 : 0) || 'What to send and where to: PATH… HOST',
      ),
  run: async (args, context) => {
    const { paths, receivers } = wordsOf(args.word, args.codeFile)
    const locals = (args.path ?? []).flatMap(names => names.split(','))
    const isStream = paths.includes('-')
    const links = args.links ?? context.settings.configured.links
    if (isStream && (paths.length > 1 || receivers.length > 1))
      throw new PfsError('PFS_USAGE', 'standard input goes alone, and to one host')
    const options = {
      ...limitsOf(args, context.settings),
      paths: isStream ? [] : paths,
      isDryRun: args.dryRun === true,
      rules: await rulesOf(args, paths),
      ...(links ? { links } : {}),
      ...(locals.length > 0 ? { locals } : {}),
      ...(isStream ? { stream: { name: args.name ?? 'stdin', chunks: process.stdin } } : {}),
    }
    const signal = context.interruptible()
    const one = (receiver: Receiver, label?: string): Promise<TransferSummary> =>
      sendTo(receiver, options, context, signal, label)
    const [receiver, ...more] = receivers
    if (receiver && more.length === 0) expectAll(await one(receiver))
    else await sendToSeveral(receivers, receiver => one(receiver, receiver.label), context)
  },
})

/** @param label said before each line, where there are several receivers */
async function sendTo(
  receiver: Receiver,
  options: Omit<SendOptions, 'host' | 'port' | 'directories' | 'onEvent' | 'signal'>,
  context: Context,
  signal: AbortSignal,
  label?: string,
): Promise<TransferSummary> {
  const { host, port, ticket } = receiver
  const follower = new Follower(context, { label })
  follower.render.start(
    'send',
    basename(String(options.paths[0] ?? '')),
    { bytes: 0, files: 1 },
    'connecting',
  )
  try {
    const transfer = await import('../../transfer/session.ts')
    return await transfer.send({
      ...commonOptions(context, follower, signal),
      ...options,
      host,
      port,
      ...(ticket ? { ticket } : {}),
    })
  } finally {
    follower.render.stop()
  }
}

function wordsOf(words: readonly string[], codeFile: string | undefined): SendWords {
  if (codeFile === undefined) return splitWords(words, path => existsSync(path))
  try {
    return { paths: words, receivers: [parseReceiver(readFileSync(codeFile, 'utf8').trim())] }
  } catch (error) {
    if (error instanceof PfsError) throw error
    throw diskFault(error, 'PFS_READ', codeFile)
  }
}
