// scp to an sshd of our own. It does not sync what it has written.

import { join } from 'node:path'
import { startMetered } from '../metered.ts'
import type { Watched } from '../process.ts'
import { costs } from './program.ts'
import type { Arena, Rival, Run } from './rival.ts'
import { hasSshServer, SshServer, sshVersion } from './ssh_server.ts'

export const scp: Rival = {
  name: 'scp',
  isEncrypted: true,
  isSynced: false,
  find: () => (hasSshServer() ? sshVersion() : undefined),
  run: arena =>
    overSsh(arena, (server, target) => [
      ...['scp', '-q', '-P', server.port, ...server.flags],
      ...[arena.source, `${server.login}:${target}`],
    ]),
}

/**
 * Runs a client inside the left namespace against a server in the right one.
 * @param onClient is given what was started: some say on their output what else there is to know
 */
export async function overSsh(
  arena: Arena,
  wordsOf: (server: SshServer, target: string) => readonly string[],
  onClient: (client: Watched) => void = () => {},
): Promise<Run> {
  const { pair, folder } = arena
  const target = join(folder, 'target.bin')
  const server = await SshServer.open(pair.right, folder)
  try {
    const words = wordsOf(server, target)
    const client = startMetered(words[0] ?? '', pair.left, folder, words)
    onClient(client)
    const { code } = await client.ended
    if (code !== 0) throw new Error(`${words.join(' ')}\n${client.tail}`)
    const receiverCpuSeconds = await server.cpuSeconds()
    const { rssAnonPeakBytes: receiverAnonBytes, rssPeakBytes: receiverRssBytes } = server
    const receiver = { receiverCpuSeconds, receiverAnonBytes, receiverRssBytes }
    return { ...costs(client, client), ...receiver, target, note: '' }
  } finally {
    await server.close()
  }
}
