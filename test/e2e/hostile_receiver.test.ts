// A hostile receiver against a real pfs send: whatever it answers, the sender never says that a file has arrived which
// has not, ends with a code and two sentences, and holds no memory for what it is asked. Our own listener in this
// process, completing the handshake and then lying.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { PfsCode } from '../../src/base/errors.ts'
import { MiB } from '../../src/base/units.ts'
import { listen } from '../../src/net/endpoint.ts'
import type { Link } from '../../src/net/link.ts'
import { encodeMessage, type Message } from '../../src/wire/message.ts'
import { MessageReader } from '../../src/wire/message_reader.ts'
import type { Offer } from '../../src/wire/messages/offer.ts'
import { expectFault, expectNothing, Machines } from '../support/faults.ts'
import { host, newKeys } from '../support/hostile.ts'
import type { Pfs } from '../support/pfs.ts'

/** What the receiver says when it hears something. */
type Lie = (message: Message, say: (...messages: readonly Message[]) => void, link: Link) => void

interface Scene {
  readonly machines: Machines
  readonly port: number
}

/** A listener that answers as `lie` has it, and a sender's machine. */
async function liar(onTestFinished: (undo: () => Promise<void>) => void, lie: Lie): Promise<Scene> {
  const machines = new Machines()
  const listener = await listen({
    host,
    keys: newKeys(),
    port: 0,
    address: '127.0.0.1',
    onPeer(link) {
      const reader = new MessageReader()
      const say = (...messages: readonly Message[]): void => {
        for (const message of messages) link.sendControl(encodeMessage(message))
      }
      link.handlers = {
        onControl: bytes => {
          reader.read(bytes, message => {
            lie(message, say, link)
            return undefined
          })
        },
        onOrdered: (stream, bytes) => link.consumedOrdered(stream, bytes.length),
        onSlab: (stream, offset, buffer, lengthBytes) =>
          link.consumedSlab(stream, offset, lengthBytes, buffer),
        onDrain: () => {},
        onConfirmed: () => {},
        onReset: () => {},
        onStopped: () => {},
        onClosed: () => {},
      }
      link.accept()
    },
  })
  onTestFinished(async () => {
    await machines.remove()
    await listener.close()
  })
  return { machines, port: listener.address.port }
}

const start = ({ machines, port }: Scene, fileBytes = 100_000): Pfs =>
  machines.send(machines.file('f', fileBytes), port, ['--json'])

const blob = new Uint8Array(32)
const open = ({ transfer, size }: Offer): Message => ({
  type: 2,
  transfer,
  state: 'open',
  held: [],
  candidates: [],
  grant: size,
  codecs: [],
})

/** Lies told in answer to OFFER, and those told in answer to END. */
const lies: readonly (readonly [string, (offer: Offer) => readonly Message[], 'OFFER' | 'END', PfsCode])[] = [
  [
    'DONE for a file it has not been sent (§15.8-2)',
    o => [{ type: 8, transfer: o.transfer, blob }],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  ['DONE before END', o => [open(o), { type: 8, transfer: o.transfer, blob }], 'OFFER', 'PFS_PROTOCOL'],
  ['DONE for another blob (§15.8-2)', o => [{ type: 8, transfer: o.transfer, blob }], 'END', 'PFS_PROTOCOL'],
  [
    'that it has the whole of what has no name (§15.3-7)',
    o => [{ ...open(o), state: 'whole' } as Message],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  [
    'ranges it holds past the end (§15.3-1)',
    o => [{ ...open(o), held: [{ start: 0, end: o.size + 1 }] } as Message],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  [
    'candidates that were not offered (§15.3-2)',
    o => [{ ...open(o), candidates: [{ index: 0, alias: 0, blob, size: 5 }] } as Message],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  ['two ANSWERs (§15.11-2)', o => [open(o), open(o)], 'OFFER', 'PFS_PROTOCOL'],
  [
    'an ANSWER to another transfer',
    o => [open({ ...o, transfer: new Uint8Array(16) })],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  [
    'MISS before END (§15.11-2)',
    o => [open(o), { type: 5, transfer: o.transfer, ranges: [{ start: 0, end: 1 }] }],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  [
    'MISS past the end',
    o => [{ type: 5, transfer: o.transfer, ranges: [{ start: 0, end: o.size + 1 }] }],
    'END',
    'PFS_PROTOCOL',
  ],
  [
    'WANT of a node that does not exist (§15.7-2)',
    o => [{ type: 7, transfer: o.transfer, level: 5, indexes: [0] }],
    'END',
    'PFS_PROTOCOL',
  ],
  ['OFFER itself', o => [o], 'OFFER', 'PFS_PROTOCOL'],
  [
    'END itself',
    o => [{ type: 4, transfer: o.transfer, blob, size: 0, opBytes: 0, literalBytes: 0 }],
    'OFFER',
    'PFS_PROTOCOL',
  ],
  [
    'REFUSE with a code nobody knows (§17-1)',
    o => [{ type: 3, transfer: o.transfer, code: 60_000, text: '' }],
    'OFFER',
    'PFS_INTERNAL',
  ],
  [
    'MISS of the same bytes for ever (§15.6-1)',
    o => [{ type: 5, transfer: o.transfer, ranges: [{ start: 0, end: 1 }] }],
    'END',
    'PFS_CORRUPT',
  ],
]

for (const [name, told, when, code] of lies) {
  test.concurrent(`it says ${name}: the sender ends with ${code}`, async ({ onTestFinished }) => {
    let offer: Offer | undefined
    const scene = await liar(onTestFinished, (message, say) => {
      if (message.type === 1) {
        offer = message
        say(...(when === 'OFFER' ? told(message) : [open(message)]))
      } else if (message.type === 4 && offer && when === 'END') say(...told(offer))
    })
    expectFault(await start(scene).finished, code, /\w/, /\w/)
    expectNothing(scene.machines)
  })
}

test.concurrent('its garbage on the control stream ends the sender with PFS_PROTOCOL', async ({
  onTestFinished,
}) => {
  const scene = await liar(onTestFinished, (_message, _say, link) =>
    link.sendControl(new Uint8Array(1000).fill(0xee)),
  )
  expectFault(await start(scene).finished, 'PFS_PROTOCOL', /4008636142/, /same version/)
})

test.concurrent('its text never steers the terminal (§15.1-6)', async ({ onTestFinished }) => {
  const text = '\u001b]0;owned\u0007\u202e\r\npfs: sent'
  const scene = await liar(onTestFinished, ({ ...message }, say) => {
    if (message.type === 1) say({ type: 3, transfer: message.transfer, code: 0x25, text })
  })
  const { machines, port } = scene
  const ended = await machines.send(machines.file('f', 1000), port).finished
  expect(ended.status).toBe(10)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(ended.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  expect(ended.stderr).not.toMatch(/^pfs: sent/m)
})

test.concurrent('it asks for nodes and hears none of the answers: the sender holds no memory for them', async ({
  onTestFinished,
}) => {
  let transfer: Uint8Array = blob
  const scene = await liar(onTestFinished, (message, say, link) => {
    if (message.type === 1) {
      transfer = message.transfer
      say(open(message))
    } else if (message.type === 4) {
      // nothing is consumed any more: the window stays shut
      link.handlers = undefined
      for (let i = 0; i < 70; i++) {
        const indexes = Array.from({ length: 900 }, (_, index) => index % 16).sort((a, b) => a - b)
        say({ type: 7, transfer, level: 0, indexes: [...new Set(indexes)] })
      }
    }
  })
  const sender = start(scene, 32 * MiB)
  let most = 0
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${sender.processId}/status`, 'utf8')
      most = Math.max(most, Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024)
    } catch {
      // it has ended
    }
  }, 20)
  await Promise.race([sender.finished, new Promise(resolve => setTimeout(resolve, 3_000))])
  clearInterval(watch)
  expect(most).toBeLessThan(250 * MiB)
})
