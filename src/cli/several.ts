// One thing to several hosts at once: each has its own outcome, and the command has the sum of them. Knows no transfer.

import { PfsError } from '../base/errors.ts'
import type { TransferSummary } from '../transfer/events.ts'
import { complain, faultOf } from './failure.ts'
import { expectAll } from './partial.ts'
import type { Receiver } from './send_words.ts'
import { summaryDocument } from './summary.ts'
import type { Context } from './verb.ts'

/** Throws what all of them met, or PFS_PARTIAL where some have everything. */
export async function sendToSeveral(
  receivers: readonly Receiver[],
  sendTo: (receiver: Receiver) => Promise<TransferSummary>,
  context: Context,
): Promise<void> {
  const { terminal, settings, log } = context
  const outcomes = await Promise.all(
    receivers.map(async receiver => {
      const { label } = receiver
      const summary = await sendTo(receiver).catch((error: unknown) => ({ error }))
      if (!('error' in summary)) return { label, summary }
      const { code, exitStatus, message, hint } = faultOf(summary.error)
      log.onFault(summary.error, exitStatus, label)
      if (!settings.isJson) complain(summary.error, context, exitStatus, label)
      return { label, fault: { code, exit_code: exitStatus, message, hint } }
    }),
  )
  terminal.document({
    hosts: outcomes.map(({ label, summary, fault }) => ({
      host: label,
      ...(summary ? summaryDocument(summary) : { error: fault }),
    })),
  })
  const failed = outcomes.filter(({ fault }) => fault)
  if (failed.length === 0) {
    for (const { summary } of outcomes) if (summary) expectAll(summary)
    return
  }
  const codes = new Set(failed.map(({ fault }) => fault?.code))
  const [code] = codes
  if (failed.length === outcomes.length && codes.size === 1 && code !== undefined)
    throw new PfsError(code, `all ${outcomes.length} hosts`)
  throw new PfsError('PFS_PARTIAL', `${failed.length} of ${outcomes.length} hosts`)
}
