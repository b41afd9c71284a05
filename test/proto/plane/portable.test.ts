// The portable plane against itself: what one seals the other opens, reports in runs, and places inside the window.

import { beforeEach, describe, expect, test } from 'vitest'
import { type DropReason, dataOverheadBytes, type PlaneReport } from '../../../src/proto/plane/plane.ts'
import { PortablePlane } from '../../../src/proto/plane/portable.ts'
import { writeSealedHeader } from '../../../src/wire/packet.ts'
import { fakeAead, PaintedPayloads } from '../../support/fakes.ts'

const keys = (phase: number) => ({
  suite: 1,
  key: new Uint8Array(32).fill(phase + 1),
  iv: new Uint8Array(12).fill(phase),
})

class Report implements PlaneReport {
  readonly said: unknown[] = []
  frames(packetNumber: number, phase: number, frames: Uint8Array): void {
    this.said.push({ frames: [...frames], packetNumber, phase })
  }
  data(first: number, packets: number, phase: number, stream: number, offset: number, length: number): void {
    this.said.push({ first, packets, phase, stream, offset, length })
  }
  outside(packetNumber: number, _phase: number, stream: number, offset: number, length: number): void {
    this.said.push({ outside: packetNumber, stream, offset, length })
  }
  dropped(reason: DropReason): void {
    this.said.push(reason)
  }
  foreign(datagram: Uint8Array): void {
    this.said.push({ foreign: [...datagram] })
  }
}

let payloads: PaintedPayloads
let sender: PortablePlane
let receiver: PortablePlane
let sent: Uint8Array[]
const outbox = { push: (datagram: Uint8Array) => sent.push(datagram) }

beforeEach(() => {
  sent = []
  payloads = new PaintedPayloads()
  sender = new PortablePlane(new PaintedPayloads(), fakeAead)
  receiver = new PortablePlane(payloads, fakeAead)
  sender.useSendKeys(0, keys(0))
  receiver.addReceiveKeys(0, keys(0))
  receiver.addReceiveKeys(1, keys(1))
  receiver.setReceiveWindow(1, 0, 10_000)
})

function train(firstPacket: number, packets: number, offset: number, payloadBytes = 100): void {
  const lengthBytes = packets * payloadBytes
  sender.sealTrain({ firstPacket, packets, stream: 1, offset, lengthBytes, payloadBytes }, outbox)
}

function opened(datagrams = sent): unknown[] {
  const report = new Report()
  receiver.open(datagrams, report)
  return report.said
}

describe('trains', () => {
  test('are sealed into packets that carry their bytes and are reported as one run', () => {
    sender.sealTrain(
      { firstPacket: 7, packets: 3, stream: 1, offset: 50, lengthBytes: 250, payloadBytes: 100 },
      outbox,
    )
    expect(sent.map(datagram => datagram.length)).toEqual([100, 100, 50].map(n => n + dataOverheadBytes))
    expect(opened()).toEqual([{ first: 7, packets: 3, phase: 0, stream: 1, offset: 50, length: 250 }])
    expect([payloads.written, payloads.wrong]).toEqual([250, 0])
  })

  test('are reported in pieces where a packet is missing or FRAMES come between', () => {
    train(0, 4, 0)
    sender.sealFrames(4, Uint8Array.of(1), outbox)
    train(5, 1, 400)
    sent.splice(1, 1)
    expect(opened()).toEqual([
      { first: 0, packets: 1, phase: 0, stream: 1, offset: 0, length: 100 },
      { first: 2, packets: 2, phase: 0, stream: 1, offset: 200, length: 200 },
      { frames: [1], packetNumber: 4, phase: 0 },
      { first: 5, packets: 1, phase: 0, stream: 1, offset: 400, length: 100 },
    ])
  })

  test('that end at the limit are stored, one byte further they are not', () => {
    train(0, 1, 9_900)
    train(1, 1, 9_901)
    expect(opened()).toEqual([
      { first: 0, packets: 1, phase: 0, stream: 1, offset: 9_900, length: 100 },
      { outside: 1, stream: 1, offset: 9_901, length: 100 },
    ])
    expect(payloads.written).toBe(100)
  })

  test('below the base are reported and not stored; across it only what is above', () => {
    receiver.setReceiveWindow(1, 150, 10_000)
    train(0, 2, 0)
    expect(opened()).toEqual([{ first: 0, packets: 2, phase: 0, stream: 1, offset: 0, length: 200 }])
    expect([payloads.written, payloads.wrong]).toEqual([50, 0])
  })

  test('of a stream that is forgotten, or was never open, store nothing', () => {
    receiver.forgetStream(1)
    train(0, 1, 0)
    expect(opened()).toEqual([{ outside: 0, stream: 1, offset: 0, length: 100 }])
    expect(payloads.written).toBe(0)
  })
})

describe('what does not count is dropped by its reason', () => {
  test('replays, forgeries, malformed ones', () => {
    train(0, 2, 0)
    const copy = sent[0]!.slice()
    const forged = sent[1]!.slice()
    forged[20] = forged[20]! ^ 1
    expect(opened([sent[0]!, copy, forged])).toEqual([
      'replayed',
      'forged',
      { first: 0, packets: 1, phase: 0, stream: 1, offset: 0, length: 100 },
    ])
    expect(opened([new Uint8Array(29), new Uint8Array(0), Uint8Array.of(0x99)])).toEqual(
      Array(3).fill('malformed'),
    )
    const path = sent[1]!.slice()
    path[9] = 1 // §4-3
    expect(opened([path])).toEqual(['malformed'])
    // a forged number did not move the window: the true packet still opens. §6.4-1
    expect(opened([sent[1]!])).toHaveLength(1)
  })

  test('a DATA packet that is authentic but empty is outside all limits (§4-7)', () => {
    const packet = new Uint8Array(14 + 8 + 16)
    writeSealedHeader(packet, 'data', 0, new Uint8Array(8), 3)
    packet[15] = 1
    fakeAead.sealer(1, keys(0).key).seal(packet, 14, 8, nonceOf(3))
    expect(opened([packet])).toEqual([{ outside: 3, stream: 1, offset: 2 ** 48, length: 1 }])
  })
})

describe('key phases (§6.5)', () => {
  const nextPhase = (phase: number) => {
    sender.useSendKeys(phase, keys(phase))
  }

  test('change only when a packet opens in the next one, and late packets of the former still open', () => {
    train(0, 2, 0)
    nextPhase(1)
    train(2, 1, 200)
    const [first, late, next] = sent
    expect(opened([first!, next!])).toHaveLength(2)
    expect(opened([late!])).toEqual([{ first: 1, packets: 1, phase: 0, stream: 1, offset: 100, length: 100 }])
  })

  test('the flipped bit alone changes nothing', () => {
    train(0, 1, 0)
    const flipped = sent[0]!.slice()
    flipped[0] = flipped[0]! ^ 1
    expect(opened([flipped])).toEqual(['forged'])
    expect(opened([sent[0]!])).toHaveLength(1)
  })

  test('two phases apart share a bit and are told apart by number', () => {
    train(0, 2, 0)
    nextPhase(1)
    train(2, 1, 200)
    nextPhase(2)
    train(3, 1, 300)
    receiver.open(sent.slice(2, 3), new Report())
    receiver.addReceiveKeys(2, keys(2))
    expect(opened([sent[1]!, sent[3]!])).toEqual([
      { first: 1, packets: 1, phase: 0, stream: 1, offset: 100, length: 100 },
      { first: 3, packets: 1, phase: 2, stream: 1, offset: 300, length: 100 },
    ])
  })

  test('forgotten keys open nothing', () => {
    train(0, 2, 0)
    nextPhase(1)
    train(2, 1, 200)
    opened([sent[2]!])
    receiver.forgetReceiveKeys(0)
    expect(opened([sent[1]!])).toEqual(['old_key'])
  })
})

function nonceOf(packetNumber: number): Uint8Array {
  const nonce = new Uint8Array(12)
  nonce[11] = packetNumber
  return nonce
}
