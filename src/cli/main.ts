#!/usr/bin/env node
// The bin: the version without loading anything, everything else through cli.ts. Only here does the process end by
// our hand: when a command is over it is over, whatever handle a fault has left open.

import { version } from './version.ts'

const words = process.argv.slice(2)

if (words.length === 1 && words[0] === '--version') {
  process.stdout.write(`${version()}\n`)
} else {
  const { run } = await import('./cli.ts')
  const status = await run(words)
  // what was written must be out before the end; a closed pipe calls back too
  process.stdout.write('', () => process.exit(status))
}
