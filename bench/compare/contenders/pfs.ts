// pfs as a user runs it. Where both sides hold an older version, they do because pfs brought it there: one transfer
// between the same two homes, over the preparation's line. Else both pools are empty.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Pair, Side } from '../../../netsim/netns.ts'
import { version } from '../../../src/cli/version.ts'
import { type EndDocument, finish, Home } from '../../pfs.ts'
import { costs } from '../../rivals/program.ts'
import type { Contender, Job, Ran } from './contender.ts'

/** What the end document has beyond what other benches read. */
interface Document extends EndDocument {
  readonly transport: {
    readonly send_path: string
    readonly datagram_bytes: number
    readonly retransmitted_bytes: number
    readonly limited_by: string
  }
}

export const pfs = (name: string, flags: readonly string[]): Contender => ({
  name,
  carries: ['file', 'tree'],
  isDelta: true,
  isMemory: false,
  isYardstick: false,
  isEncrypted: true,
  isSynced: true,
  isTcp: false,
  find: version,
  async prepare(job) {
    if (job.hasOld) await transfer(job, job.preparation, flags)
  },
  async run(job): Promise<Ran> {
    const { sender, receiver, sent } = await transfer(job, job.line, flags)
    const { send_path, datagram_bytes, retransmitted_bytes, limited_by } = sent.transport
    return {
      ...costs(sender, receiver),
      transferSeconds: sent.elapsed_seconds,
      reusedBytes: sent.reused_bytes,
      retransmittedShare: retransmitted_bytes / job.sizeBytes,
      target: targetOf(job),
      note: `${sent.suite ?? ''}, ${datagram_bytes} B by ${send_path}, held back by ${limited_by}`,
    }
  },
})

/** The path to that peer is known from a transfer before, which is forgotten but for that: pools empty, no target. */
export const pfsOnKnownPath = (name: string, line: string): Contender => ({
  ...pfs(name, []),
  carries: ['file'],
  isDelta: false,
  onlyNewOver: line,
  async prepare(job) {
    await transfer(job, job.line, ['--no-learn'])
    rmSync(targetOf(job))
  },
})

async function transfer(job: Job, { left, right }: Pair, flags: readonly string[]) {
  const home = (name: string, side: Side): Home => new Home(join(job.folder, name), side)
  const accepts = ['--once', '--on-conflict', 'overwrite', ...flags]
  const receiver = await home('receiver', right).receive(join(job.folder, 'out'), accepts)
  const sends = job.kind === 'tree' ? ['--no-ignore-files', ...flags] : flags
  const sender = home('sender', left).send(job.stage.path, right.address, sends)
  const [sent] = await Promise.all([finish(sender), finish(receiver)])
  return { sender, receiver, sent: sent as Document }
}

const targetOf = ({ folder, stage }: Job): string => join(folder, 'out', stage.name)
