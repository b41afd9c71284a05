// Fuzzers over what people and peers write: tickets, peer ids, and whatever is shown on a terminal.

import { equal } from '../../src/base/bytes.ts'
import { formatPeerId, parsePeerId } from '../../src/crypto/identity.ts'
import { isSafeName, partName } from '../../src/transfer/storage/target.ts'
import { formatTicket, parseTicket } from '../../src/transfer/ticket.ts'
import { isFileName } from '../../src/wire/messages/offer.ts'
import { printable, refusalText, shownText } from '../../src/wire/text.ts'
import { type Fuzzer, insist } from './fuzzer.ts'

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const key = new Uint8Array(32).fill(7)
const secret = new Uint8Array(16).fill(9)
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

export const textFuzzers: readonly Fuzzer[] = [
  {
    name: 'tickets',
    share: 2,
    seeds: ['host', '10.0.0.1', '::1', 'a.b'].map(host =>
      bytesOf(formatTicket({ host, port: 9418, publicKey: key, secret })),
    ),
    run(input) {
      const text = Buffer.from(input).toString('latin1')
      const ticket = parseTicket(text)
      const id = parsePeerId(text)
      if (id) insist(id.length === 32 && formatPeerId(id) === text.toLowerCase(), '§6.6-1: two spellings')
      if (!ticket) return
      insist(
        ticket.port >= 1 && ticket.port <= 65_535 && ticket.secret.length === 16,
        'a ticket beyond its bounds',
      )
      const again = parseTicket(formatTicket(ticket))
      insist(
        again !== undefined && equal(again.secret, ticket.secret) && again.host === ticket.host,
        'two tickets',
      )
    },
  },
  {
    name: 'peer ids',
    share: 2,
    seeds: [
      bytesOf(formatPeerId(key)),
      bytesOf(formatPeerId(secret.length === 16 ? key : secret).toUpperCase()),
    ],
    run(input) {
      const text = Buffer.from(input).toString('latin1')
      const id = parsePeerId(text)
      if (id) insist(formatPeerId(id) === text.toLowerCase(), '§6.6-1: two spellings')
    },
  },
  {
    name: 'shown text',
    share: 3,
    seeds: ['\u001b[2J\u001b]0;title\u0007', 'plain', '\u202egnp.exe', 'a\u0000b\r\nc', 'ä\u2028ö\u200b'].map(
      bytesOf,
    ),
    run(input) {
      const text = Buffer.from(input).toString()
      for (const shown of [shownText(input), printable(text), printable(refusalText(text))])
        insist(!unfit.test(shown), '§15.1-6: a control character')
    },
  },
  {
    name: 'file names',
    share: 2,
    seeds: ['name', '..', '.', 'a/b', 'a\\b', 'a\u0000', 'CON', 'x'.repeat(255)].map(bytesOf),
    run(input) {
      const name = Buffer.from(input).toString()
      if (!isSafeName(name)) return
      insist(isFileName(name), 'a name that the wire would not carry')
      const part = partName(name, '01234567')
      insist(
        Buffer.byteLength(part) <= 255 && !/[/\0]/.test(part) && part !== '..',
        'a part that leads elsewhere',
      )
    },
  },
]
