// Fuzzers over everything that comes off the wire: packets, what is inside them, handshakes, frames, messages. What decodes
// is no longer than what it was decoded from, and is what its own encoder would write.

import { equal, Writer } from '../../src/base/bytes.ts'
import { RecordReader, recordsOf } from '../../src/host/tcp_records.ts'
import { isViolation } from '../../src/wire/codes.ts'
import {
  decodeFrames,
  decodeHandshakeFrames,
  encodeFrame,
  type Frame,
  frameSize,
} from '../../src/wire/frame.ts'
import { messageBytesMax } from '../../src/wire/limits.ts'
import { decodeMessage, encodeMessage, lengthBytes } from '../../src/wire/message.ts'
import { MessageReader } from '../../src/wire/message_reader.ts'
import { isOurMessagePack } from '../../src/wire/message_scan.ts'
import { parseData, parsePacket } from '../../src/wire/packet.ts'
import { decodePayload, parameterTable } from '../../src/wire/params.ts'
import { type Fuzzer, insist } from './fuzzer.ts'
import { seedsOf } from './seeds.ts'

const offered = Uint8Array.of(1, 2, 3)

function sameAgain(frame: Frame, bytesMax: number): void {
  const size = frameSize(frame)
  insist(size <= bytesMax, 'a frame longer than what it came from')
  const w = new Writer(new Uint8Array(size))
  encodeFrame(w, frame)
  insist(w.left === 0, 'a frame of another size than it says')
  const again = new Writer(new Uint8Array(size))
  decodeFrames(w.written(), same => {
    encodeFrame(again, same)
    return undefined
  })
  insist(equal(again.written(), w.written()), 'a frame that reads otherwise than it was written')
}

/** What a stream of bytes is cut into when it comes in pieces of `pieceBytes`, and whether it is broken. */
function recordsIn(input: Uint8Array, pieceBytes: number): Uint8Array {
  const reader = new RecordReader()
  const datagrams: Uint8Array[] = []
  for (let at = 0; at < input.length; at += pieceBytes) {
    reader.push(input.slice(at, at + pieceBytes))
    for (let one = reader.next(); one; one = reader.next()) datagrams.push(one)
    insist(reader.bufferedBytes <= 9218, 'more held than a record')
  }
  return Uint8Array.of(...recordsOf(datagrams), reader.isBroken ? 1 : 0)
}

export const wireFuzzers: readonly Fuzzer[] = [
  {
    name: 'records over TCP',
    share: 2,
    seeds: seedsOf('packets').map(packet => recordsOf([packet.slice(0, 9216), packet.slice(0, 9)])),
    run(input) {
      const whole = recordsIn(input, Math.max(1, input.length))
      insist(equal(recordsIn(input, 1), whole), 'cut otherwise by the byte')
      insist(equal(recordsIn(input, 3), whole), 'cut otherwise in pieces of three')
      const cut = whole.subarray(0, -1)
      insist(equal(cut, input.subarray(0, cut.length)), 'cut into something that did not come')
    },
  },
  {
    name: 'packets',
    share: 8,
    seeds: seedsOf('packets', 'noise_failures'),
    run(input) {
      parsePacket(input)
      const data = parseData(input)
      if (data) insist(data.offset + data.bytes.length <= 2 ** 48 && data.bytes.length > 0, '§4-7')
    },
  },
  {
    name: 'handshakes',
    share: 6,
    seeds: seedsOf('packets', 'frames'),
    run(input) {
      for (const payload of [decodePayload(input), decodePayload(input, offered)]) {
        if (isViolation(payload)) continue
        for (const [name, { least, most }] of Object.entries(parameterTable)) {
          const value = payload.parameters[name as keyof typeof parameterTable]
          insist(value >= least && value <= most, `${name} is ${value}`)
        }
        decodeHandshakeFrames(payload.frames, frame => {
          sameAgain(frame, payload.frames.length)
          return undefined
        })
      }
    },
  },
  {
    name: 'frames',
    share: 8,
    seeds: seedsOf('frames'),
    run(input) {
      let seen = 0
      decodeFrames(input, frame => {
        sameAgain(frame, input.length)
        seen++
        return undefined
      })
      insist(seen <= input.length, 'more frames than bytes')
    },
  },
  {
    name: 'messages',
    share: 6,
    seeds: seedsOf('messages'),
    run(input) {
      const isOurs = isOurMessagePack(input)
      const message = decodeMessage(input)
      if (isViolation(message)) return
      insist(isOurs, 'a message that the scan refuses')
      const written = encodeMessage(message).subarray(lengthBytes)
      insist(written.length <= messageBytesMax, 'a message that is too long')
      const again = decodeMessage(written)
      insist(
        !isViolation(again) && equal(encodeMessage(again).subarray(lengthBytes), written),
        'a message changes',
      )
    },
  },
  {
    name: 'message streams',
    share: 4,
    seeds: seedsOf('messages').map(framed),
    run(input) {
      const reader = new MessageReader()
      let seen = 0
      const cut = (input[0] ?? 0) % (input.length + 1)
      for (const part of [input.subarray(0, cut), input.subarray(cut)])
        reader.read(part, () => {
          seen++
          return undefined
        })
      insist(seen * (lengthBytes + 1) <= input.length, 'more messages than fit')
      insist(reader.capacityBytes <= Math.max(1024, 2 * input.length), 'memory for bytes that have not come')
    },
  },
]

function framed(body: Uint8Array): Uint8Array {
  const w = new Writer(new Uint8Array(lengthBytes + body.length))
  w.u32(body.length)
  w.bytes(body)
  return w.written()
}
