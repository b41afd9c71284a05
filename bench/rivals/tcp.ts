// A file through a plain node:net socket into a file, synced, confirmed. Neither encrypts nor hashes: a ceiling.

import { resolve } from 'node:path'
import { runProgram } from './program.ts'
import type { Rival } from './rival.ts'

const program = resolve(import.meta.dirname, '../tcp_copy.js')

export const tcp: Rival = {
  name: 'node:net',
  isEncrypted: false,
  isSynced: true,
  find: () => process.version,
  run: arena => runProgram(program, arena),
}
