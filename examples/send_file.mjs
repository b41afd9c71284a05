// @ts-check
// Sends a file or a directory to whoever wrote the ticket, and gives up after a minute.
//
//   node examples/send_file.mjs PATH TICKET

import { PfsError, send } from 'packetfs'

const [path = '', ticket = ''] = process.argv.slice(2)

try {
  const { name, sizeBytes, wireBytes } = await send({
    paths: path,
    ticket,
    signal: AbortSignal.timeout(60_000),
  })
  console.log(`sent ${name}: ${sizeBytes} bytes, ${wireBytes} on the wire`)
} catch (error) {
  if (!(error instanceof PfsError)) throw error
  // the sentence, and what to do about it
  console.error(error.message, error.hint ?? '')
  process.exitCode = error.exitStatus
}
