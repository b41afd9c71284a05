// pfs itself, as a user runs it, from empty pools on both sides.

import { join } from 'node:path'
import { finish, Home } from '../pfs.ts'
import { costs } from './program.ts'
import type { Rival, Run } from './rival.ts'

export function pfs(name: string, flags: readonly string[]): Rival {
  return {
    name,
    isEncrypted: true,
    isSynced: true,
    find: () => 'this tree',
    async run({ pair, source, folder }): Promise<Run> {
      const out = join(folder, 'out')
      const receiver = await new Home(join(folder, 'receiver'), pair.right).receive(out, ['--once', ...flags])
      const sender = new Home(join(folder, 'sender'), pair.left).send(source, pair.right.address, flags)
      const [sent] = await Promise.all([finish(sender), finish(receiver)])
      const target = join(out, 'random.bin')
      return {
        ...costs(sender, receiver),
        transferSeconds: sent.elapsed_seconds,
        target,
        note: sent.suite ?? '',
      }
    },
  }
}
