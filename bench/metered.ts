// Starts a program that is not node's and has its CPU counted: bash says at the end what its children took, those
// that they waited for included. Ends with bash, whichever way bash ends. Linux only.

import type { SpawnOptions } from 'node:child_process'
import { join } from 'node:path'
import type { Ground } from './pfs.ts'
import { Watched } from './process.ts'

const script = 'setpriv --pdeathsig KILL -- "$@"; status=$?; times >"$0"; exit $status'

let runs = 0

/** @param folder where what it cost is written */
export function startMetered(
  name: string,
  ground: Ground,
  folder: string,
  words: readonly string[],
  options: SpawnOptions = {},
): Watched {
  const costPath = join(folder, `times-${runs++}.txt`)
  const child = ground.spawn('bash', ['-c', script, costPath, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  return new Watched(name, child, costPath)
}
