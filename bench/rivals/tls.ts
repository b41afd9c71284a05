// The same copy through node:tls: TLS 1.3, a certificate of its own that the client is given, node's default ciphers.

import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { MiB } from '../../src/base/units.ts'
import { isMain, runProgram, say, saySeconds, syncFile } from './program.ts'
import type { Rival } from './rival.ts'

const version = 'TLSv1.3'

export const tls: Rival = {
  name: 'node:tls',
  isEncrypted: true,
  isSynced: true,
  find: () => (spawnSync('openssl', ['version']).status === 0 ? `${process.version}, ${version}` : undefined),
  run(arena) {
    makeCertificate(arena.folder)
    return runProgram(import.meta.filename, arena)
  },
}

function makeCertificate(folder: string): void {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const done = spawnSync('openssl', [...args, ...files, '-days', '2', '-subj', '/CN=bench'])
  if (done.status !== 0) throw new Error(`openssl: ${done.stderr}`)
}

function receive(address: string, target: string, folder: string): void {
  const options = {
    key: readFileSync(join(folder, 'key.pem')),
    cert: readFileSync(join(folder, 'cert.pem')),
    minVersion: version,
    allowHalfOpen: true,
  } as const
  const server = createServer(options, socket => {
    server.close()
    const file = createWriteStream(target, { highWaterMark: MiB })
    socket.pipe(file)
    file.on('close', () => {
      syncFile(target)
      socket.end('k')
    })
  })
  server.listen(0, address, () => say({ port: (server.address() as AddressInfo).port }))
}

function send(address: string, port: number, source: string, folder: string): void {
  const started = performance.now()
  const options = {
    host: address,
    port,
    ca: readFileSync(join(folder, 'cert.pem')),
    checkServerIdentity: () => undefined,
    minVersion: version,
    allowHalfOpen: true,
  } as const
  const socket: TLSSocket = connect(options)
  createReadStream(source, { highWaterMark: MiB }).pipe(socket)
  socket.on('data', () => {
    saySeconds(started)
    say({ cipher: socket.getCipher().name })
    socket.destroy()
  })
}

if (isMain(import.meta.filename)) {
  const [role, address = '', first = '', second = '', third = ''] = process.argv.slice(2)
  if (role === 'receive') receive(address, first, second)
  else send(address, Number(first), second, third)
}
