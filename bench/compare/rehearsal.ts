// `make check-remote` without a REMOTE: the same, against a namespace of this machine with an sshd of its own in place of
// a second machine, so that the check itself is known to work.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { canMakePairs, makePair } from '../../netsim/netns.ts'
import { makeScratch } from '../files.ts'
import { hasSshServer, SshServer } from '../rivals/ssh_server.ts'

const remote = resolve(import.meta.dirname, 'remote.js')
const main = resolve(import.meta.dirname, '../../bin/pfs.js')

async function rehearse(words: readonly string[]): Promise<number> {
  if (!canMakePairs() || !hasSshServer()) {
    console.error('a rehearsal takes root, network namespaces and sshd; REMOTE=host needs neither')
    return 2
  }
  const folder = join(makeScratch(), 'second-machine')
  mkdirSync(folder)
  const pair = makePair()
  try {
    const server = await SshServer.open(pair.right, folder)
    const ssh = ['ssh', '-p', server.port, ...server.flags].join(' ')
    const pfs = `${process.execPath} ${main}`
    console.log('a rehearsal: the second machine is a network namespace of this one')
    const child = pair.left.spawn(
      process.execPath,
      [remote, server.login, '--ssh', ssh, '--pfs', pfs, ...words],
      { stdio: 'inherit' },
    )
    const code = await new Promise<number>(done => child.once('close', status => done(status ?? 1)))
    await server.close()
    return code
  } finally {
    pair.remove()
  }
}

process.exitCode = await rehearse(process.argv.slice(2))
