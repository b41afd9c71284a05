// A tree by tar, through zstd -1, over plain TCP: everything anew each time, whatever the receiver holds.

import { join } from 'node:path'
import { startMetered } from '../../metered.ts'
import { costs } from '../../rivals/program.ts'
import { hasTar, tarScripts } from '../../rivals/tar.ts'
import type { Contender, Ran } from './contender.ts'

export const tar: Contender = {
  name: 'tar-zstd-tcp',
  carries: ['tree'],
  isDelta: false,
  isMemory: false,
  isYardstick: true,
  isEncrypted: false,
  isSynced: false,
  isTcp: true,
  find: hasTar,
  async run({ line, stage, folder }): Promise<Ran> {
    const out = join(folder, 'out')
    const { receive, send } = tarScripts(stage.path, out, line.right.address)
    const bash = (script: string): string[] => ['bash', '-o', 'pipefail', '-c', script]
    const receiver = startMetered('tar -x', line.right, folder, bash(receive))
    await receiver.says(/listening on/)
    const sender = startMetered('tar -c', line.left, folder, bash(send))
    const ends = await Promise.all([sender.ended, receiver.ended])
    if (ends.some(({ code }) => code !== 0)) throw new Error(`tar failed\n${sender.tail}\n${receiver.tail}`)
    const run = costs(sender, receiver)
    // the sender ends when its last byte is in the socket, which is not when the tree is there
    const seconds = (receiver.endedAt - sender.startedAt) / 1000
    return { ...run, wallSeconds: seconds, transferSeconds: seconds, target: join(out, stage.name), note: '' }
  },
}
