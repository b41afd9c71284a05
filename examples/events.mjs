// @ts-check
// Follows a transfer by its events, and stops it on Ctrl-C in order: what has arrived is kept for the next attempt.
//
//   node examples/events.mjs PATH TICKET

import { send } from 'packetfs'

const [path = '', ticket = ''] = process.argv.slice(2)
const transfer = send({ paths: path, ticket })
process.once('SIGINT', () => transfer.abort())

for await (const event of transfer) {
  switch (event.kind) {
    case 'phase':
      console.log(event.phase)
      break
    case 'progress':
      console.log(`${event.doneBytes} of ${event.totalBytes} bytes`)
      break
    case 'done':
      console.log(`done: ${event.summary.blobId}`)
      break
  }
}
