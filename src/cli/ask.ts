// Asks a person one question on the terminal. Only where both ends of the talk are a terminal: a question nobody can
// see or answer would be a hang.

import { createInterface } from 'node:readline/promises'
import type { Render } from './render.ts'
import type { Terminal } from './terminal.ts'

/** undefined where nobody can be asked. */
export function asker(
  terminal: Terminal,
  render: Render,
  signal: AbortSignal,
): ((question: string) => Promise<string>) | undefined {
  // a program that reads events is told that somebody should be asked
  if (!process.stdin.isTTY || !terminal.mayAsk || terminal.events) return undefined
  return async question => {
    render.pause()
    terminal.prompt(question)
    // not 'terminal': it would take Ctrl-C away from interrupt.ts
    const lines = createInterface({ input: process.stdin, terminal: false })
    const closed = new Promise<string>(resolve => lines.once('close', () => resolve('')))
    try {
      // an abort is a no, and so is the end of the input
      return await Promise.race([lines.question('', { signal }).catch(() => ''), closed])
    } finally {
      lines.close()
      process.stdin.unref()
      render.resume()
    }
  }
}
