#!/usr/bin/env -S node --single-threaded-gc
// The bin: the version without loading anything, everything else through cli.ts. Only here does the process end by
// our hand: when a command is over it is over, whatever handle a fault has left open.
//
// One thread collects garbage: each packet leaves two small pieces of memory outside the heap, and on two cores V8's
// four helper threads only take turns with the protocol (0.51 to 0.64 Gbit/s, bench/cases/throughput). The flag
// works on the command line alone, so it stands above.

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
