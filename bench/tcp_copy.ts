// What TCP makes of the same job with plain node:net: a file through a socket into a file, synced, confirmed to the
// sender. No encryption, no hashing: the rival that a transport of datagrams is measured beside.
//
//   node dist/bench/tcp_copy.js receive ADDRESS TARGET      prints the port
//   node dist/bench/tcp_copy.js send ADDRESS PORT SOURCE    ends with 0 when the receiver has synced

import { createReadStream, createWriteStream, fsyncSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { must } from '../src/base/assert.ts'
import { MiB } from '../src/base/units.ts'

function receive(address: string, target: string): void {
  const server = createServer({ allowHalfOpen: true }, socket => {
    server.close()
    // `flush` would sync too, but only at close, which is after 'finish'
    const file = createWriteStream(target, { highWaterMark: MiB, autoClose: false })
    socket.pipe(file)
    file.on('finish', () => {
      fsyncSync(must((file as unknown as { fd: number | null }).fd ?? undefined, 'an open file'))
      socket.end('k')
    })
  })
  server.listen(0, address, () =>
    console.log(JSON.stringify({ port: (server.address() as { port: number }).port })),
  )
}

function send(address: string, port: number, source: string): void {
  const socket = connect({ host: address, port, allowHalfOpen: true })
  createReadStream(source, { highWaterMark: MiB }).pipe(socket)
  let confirmed = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    confirmed += text
  })
  socket.on('close', () => process.exit(confirmed === 'k' ? 0 : 1))
}

const [role, address = '', first = '', second = ''] = process.argv.slice(2)
if (role === 'receive') receive(address, first)
else if (role === 'send') send(address, Number(first), second)
else process.exitCode = 2
