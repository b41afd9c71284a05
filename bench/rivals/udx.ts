// udx-native: a reliable stream over UDP in C (what Hyperswarm runs on), as its README uses it. Not encrypted.

import { createReadStream, createWriteStream } from 'node:fs'
import type { Duplex } from 'node:stream'
import { MiB } from '../../src/base/units.ts'
import { load, versionOf } from './packages.ts'
import { isMain, runProgram, say, saySeconds, syncFile } from './program.ts'
import type { Rival } from './rival.ts'

interface UdxSocket {
  bind(port: number, address: string): void
  address(): { port: number }
  close(): Promise<void>
}

/** A stream of its own kind; what of node's it has is enough for pipe(). */
interface UdxStream extends Duplex {
  connect(socket: UdxSocket, remoteId: number, port: number, address: string): void
}

interface Udx {
  createSocket(): UdxSocket
  createStream(id: number): UdxStream
}

const packageName = 'udx-native'
const senderId = 1
const receiverId = 2
/** The receiver must know the sender's port: a fixed one, in a namespace of its own. */
const senderPort = 9420

export const udx: Rival = {
  name: 'udx-native',
  isEncrypted: false,
  isSynced: true,
  find: () => versionOf(packageName),
  run: arena => runProgram(import.meta.filename, arena),
}

const create = (): Udx => new (load<new () => Udx>(packageName))()

function receive(address: string, target: string): void {
  const it = create()
  const socket = it.createSocket()
  socket.bind(0, address)
  const stream = it.createStream(receiverId)
  stream.connect(socket, senderId, senderPort, '10.77.0.1')
  const file = createWriteStream(target, { highWaterMark: MiB })
  stream.pipe(file)
  file.on('close', () => {
    syncFile(target)
    stream.end('k')
  })
  stream.on('close', () => void socket.close())
  say({ port: socket.address().port })
}

function send(address: string, port: number, source: string): void {
  const it = create()
  const socket = it.createSocket()
  socket.bind(senderPort, '0.0.0.0')
  const started = performance.now()
  const stream = it.createStream(senderId)
  stream.connect(socket, receiverId, port, address)
  createReadStream(source, { highWaterMark: MiB }).pipe(stream)
  stream.on('data', () => saySeconds(started))
  stream.on('close', () => void socket.close())
}

if (isMain(import.meta.filename)) {
  const [role, address = '', first = '', second = ''] = process.argv.slice(2)
  if (role === 'receive') receive(address, first)
  else send(address, Number(first), second)
}
