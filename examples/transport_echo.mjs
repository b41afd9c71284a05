// @ts-check
// The encrypted transport alone: a server that sends every stream back, and a client. Streams go one way, so an answer is a
// stream of the server's own.
//
//   node examples/transport_echo.mjs

import { connect, listen } from 'packetfs/net'

const listener = await listen({ host: '127.0.0.1' })

const serving = (async () => {
  for await (const connection of listener) {
    for await (const stream of connection) {
      if (stream.kind !== 'ordered') continue
      const answer = await connection.openOrdered()
      await stream.readable.pipeTo(answer.writable)
    }
  }
})()

const connection = await connect({ host: '127.0.0.1', port: listener.port, peerId: listener.peerId })
const question = await connection.openOrdered()
await new Blob(['hello, ', 'echo']).stream().pipeTo(question.writable)
for await (const stream of connection) {
  if (stream.kind !== 'ordered') continue
  for await (const text of stream.readable.pipeThrough(new TextDecoderStream())) process.stdout.write(text)
  process.stdout.write('\n')
  break
}
await connection.finish()
await listener.close()
await serving
