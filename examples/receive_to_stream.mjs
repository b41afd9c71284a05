// @ts-check
// Waits for one file and writes it to standard output, once all of it is here and right. The ticket, which lets its bearer in,
// goes to standard error.
//
//   node examples/receive_to_stream.mjs HOST > FILE      HOST: the name or address by which the sender finds this machine

import { createTicket, formatTicket, receive } from 'packetfs'

const [host = '127.0.0.1'] = process.argv.slice(2)
const ticket = createTicket()
const transfer = receive({ sink: process.stdout, port: 0, ticket })

for await (const event of transfer) {
  if (event.kind === 'listening') {
    const { port, peerId } = event
    console.error(formatTicket({ host, port, peerId, secret: ticket.secret }))
  }
}
const { name, sizeBytes } = await transfer
console.error(`received ${name}: ${sizeBytes} bytes`)
