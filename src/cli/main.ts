#!/usr/bin/env -S node --single-threaded-gc --max-semi-space-size=2
// The bin: the version without loading anything, everything else through cli.ts. Only here does the process end by
// our hand: when a command is over it is over, whatever handle a fault has left open.
//
// The flags work on the command line alone, so they stand above. Each packet leaves two small pieces of memory outside the
// heap. On two cores V8's four helper threads only take turns with the protocol: one thread collects (0.51 to 0.64
// Gbit/s). A small nursery is emptied often, and with it that memory (194 to 112 MB at 4 GiB): bench/cases/throughput.
//
// V8 11, node 20's, compiles a function anew once it has run 66 KB of bytecode, and what it calls with it: a transfer of a
// second or two spent 2.5 CPU s on that. Later, and with less of what is called, it is 0.9, and 256 MiB over a line of 1 Gbit/s
// take 7 % less; 2 GiB take what they did, the portable path 4 % more. Later V8 counts otherwise.

import { setFlagsFromString } from 'node:v8'
import { version } from './version.ts'

if (process.versions.v8.startsWith('11.')) {
  setFlagsFromString('--interrupt-budget=200000')
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200')
}

const words = process.argv.slice(2)

if (words.length === 1 && words[0] === '--version') {
  process.stdout.write(`${version()}\n`)
} else {
  // the threads of a transfer load while its options are read
  const session = words[0] === 'send' ? 'send' : words[0] === 'recv' ? 'receive' : undefined
  if (session && !words.includes('--help') && !words.includes('-h'))
    void import('../transfer/session_thread.ts').then(({ prepareSession }) => prepareSession(session))
  const { run } = await import('./cli.ts')
  const status = await run(words)
  // what was written must be out before the end; a closed pipe calls back too
  process.stdout.write('', () => process.exit(status))
}
