// The data plane in TypeScript, packet by packet: the twin of the addon's, over whatever AEAD the host brings. Writes
// headers, seals and opens in place, checks replay, moves payload. Knows no frames. PROTOCOL.md §4, §6.3 to §6.5.
//
// The hot path of the portable driver: no closures, and per packet only the views the faces ask for.

import { assert, must } from '../../base/assert.ts'
import { readU32 } from '../../base/bytes.ts'
import type { AeadFactory, PacketOpener, PacketSealer } from '../../crypto/aead.ts'
import { packetNonceBytes, writeNonce } from '../../crypto/nonce.ts'
import { expandPacketNumber } from '../../crypto/packet_number.ts'
import { ReplayWindow } from '../../crypto/replay.ts'
import { datagramBytesMax, literalOffsetMax } from '../../wire/limits.ts'
import {
  connectionIdBytes,
  dataPrefixBytes,
  isSealedFor,
  numberAt,
  packetTagBytes,
  packetTypes,
  pathAt,
  sealedHeaderBytes,
  writeDataPrefix,
  writeSealedHeader,
} from '../../wire/packet.ts'
import {
  dataOverheadBytes,
  framesOverheadBytes,
  type Outbox,
  type Payloads,
  type PhaseKeys,
  type Plane,
  type PlaneReport,
  type Run,
  type Train,
} from './plane.ts'

interface ReceivePhase {
  readonly phase: number
  readonly opener: PacketOpener
  readonly iv: Uint8Array
  /** The lowest number of each path that opened in it: numbers below belong to the phase before. */
  readonly lowest: number[]
}

interface Bounds {
  base: number
  limit: number
}

const payloadAt = sealedHeaderBytes + dataPrefixBytes

export class PortablePlane implements Plane {
  readonly #payloads: Payloads
  readonly #aead: AeadFactory
  // scratch, of the length of the suite's nonce
  #nonce = new Uint8Array(packetNonceBytes)
  // by path
  readonly #replays = [new ReplayWindow()]
  readonly #windows = new Map<number, Bounds>()
  #destination = new Uint8Array(connectionIdBytes)

  #sealer: PacketSealer | undefined
  #sendPhase = 0
  #sendIv = new Uint8Array(packetNonceBytes)

  // the newest phase something opened in, the one before it, and the one that may come next
  #current: ReceivePhase | undefined
  #previous: ReceivePhase | undefined
  #next: ReceivePhase | undefined

  // the run of DATA packets that is not reported yet; runPackets 0: none
  #runPath = 0
  #runFirst = 0
  #runPackets = 0
  #runPhase = 0
  #runStream = 0
  #runOffset = 0
  #runEnd = 0

  constructor(payloads: Payloads, aead: AeadFactory) {
    this.#payloads = payloads
    this.#aead = aead
  }

  useSendKeys(phase: number, keys: PhaseKeys): void {
    this.#sealer = this.#aead.sealer(keys.suite, keys.key)
    this.#useNonce(keys.iv.length)
    this.#sendIv = keys.iv.slice()
    this.#sendPhase = phase
  }

  addReceiveKeys(phase: number, keys: PhaseKeys): void {
    this.#useNonce(keys.iv.length)
    const added = { phase, opener: this.#aead.opener(keys.suite, keys.key), iv: keys.iv.slice(), lowest: [] }
    if (this.#current === undefined) this.#current = added
    else this.#next = added
  }

  // a connection has one suite; its length is known with the first keys
  #useNonce(bytes: number): void {
    if (this.#nonce.length !== bytes) this.#nonce = new Uint8Array(bytes)
  }

  forgetReceiveKeys(phase: number): void {
    if (this.#previous?.phase === phase) this.#previous = undefined
  }

  usePaths(count: number): void {
    while (this.#replays.length < count) this.#replays.push(new ReplayWindow())
  }

  setDestination(connectionId: Uint8Array): void {
    this.#destination = connectionId.slice()
  }

  setReceiveWindow(stream: number, base: number, limit: number): void {
    const bounds = this.#windows.get(stream)
    if (bounds) {
      bounds.base = base
      bounds.limit = limit
    } else {
      this.#windows.set(stream, { base, limit })
    }
  }

  forgetStream(stream: number): void {
    this.#windows.delete(stream)
  }

  sealTrain(train: Train, outbox: Outbox): void {
    const sealer = must(this.#sealer, 'send keys before the first train')
    const { packets, payloadBytes, stream, path = 0 } = train
    // one allocation for the train, cut into packets
    const memory = new Uint8Array(train.lengthBytes + packets * dataOverheadBytes)
    let offset = train.offset
    const end = train.offset + train.lengthBytes
    for (let i = 0, at = 0; i < packets; i++) {
      const length = Math.min(payloadBytes, end - offset)
      const packet = memory.subarray(at, at + length + dataOverheadBytes)
      const number = train.firstPacket + i
      writeSealedHeader(packet, 'data', this.#sendPhase, this.#destination, number, path)
      writeDataPrefix(packet, sealedHeaderBytes, stream, offset)
      this.#payloads.read(stream, offset, packet.subarray(payloadAt, payloadAt + length))
      writeNonce(this.#nonce, this.#sendIv, path, number)
      sealer.seal(packet, sealedHeaderBytes, dataPrefixBytes + length, this.#nonce)
      outbox.push(packet)
      offset += length
      at += packet.length
    }
    assert(offset === end, 'a train carries all of its bytes')
  }

  sealFrames(packetNumber: number, frames: Uint8Array, outbox: Outbox, path = 0): void {
    const sealer = must(this.#sealer, 'send keys before the first packet')
    const packet = new Uint8Array(frames.length + framesOverheadBytes)
    writeSealedHeader(packet, 'frames', this.#sendPhase, this.#destination, packetNumber, path)
    packet.set(frames, sealedHeaderBytes)
    writeNonce(this.#nonce, this.#sendIv, path, packetNumber)
    sealer.seal(packet, sealedHeaderBytes, frames.length, this.#nonce)
    outbox.push(packet)
  }

  open(datagrams: readonly Uint8Array[], report: PlaneReport): void {
    this.#runPath = 0
    for (const datagram of datagrams) this.#openOne(datagram, report)
    this.#reportRun(report)
  }

  openRuns(localId: Uint8Array, runs: readonly Run[], report: PlaneReport): void {
    this.#runPath = 0
    for (const { bytes, segmentBytes } of runs) {
      for (let at = 0; at < bytes.length; at += segmentBytes) {
        const datagram = bytes.slice(at, at + segmentBytes)
        if (isSealedFor(datagram, localId)) this.#openOne(datagram, report)
        else report.foreign(datagram)
      }
    }
    this.#reportRun(report)
  }

  #openOne(datagram: Uint8Array, report: PlaneReport): void {
    const type = datagram.length >= sealedHeaderBytes + packetTagBytes ? datagram[0]! & 0xfe : 0
    const isData = type === packetTypes.data
    const isSealed = isData || type === packetTypes.frames
    const path = isSealed ? datagram[pathAt]! : 0
    const replay = this.#replays[path]
    if (!isSealed || replay === undefined || datagram.length > datagramBytesMax)
      return report.dropped('malformed')
    const number = expandPacketNumber(readU32(datagram, numberAt), replay.largest)
    if (!replay.isFresh(number)) return report.dropped('replayed')
    const keys = this.#keysOf(datagram[0]! & 1, path, number)
    if (keys === undefined) return report.dropped('old_key')
    writeNonce(this.#nonce, keys.iv, path, number)
    const plain = keys.opener.open(datagram, sealedHeaderBytes, this.#nonce)
    if (plain === undefined) return report.dropped('forged')
    replay.mark(number)
    this.#onOpened(keys, path, number)
    if (path !== this.#runPath) this.#enterPath(path, report)
    if (isData) this.#takeData(number, keys.phase, plain, report)
    else {
      this.#reportRun(report)
      report.frames(number, keys.phase, plain, datagram.length)
    }
  }

  #enterPath(path: number, report: PlaneReport): void {
    this.#reportRun(report)
    this.#runPath = path
    report.onPath?.(path)
  }

  // The bit tells neighbours apart; phases two apart share it, and there the number tells. §6.5
  #keysOf(bit: number, path: number, number: number): ReceivePhase | undefined {
    const current = this.#current
    if (current === undefined || (current.phase & 1) === bit) return current
    const lowest = current.lowest[path] ?? Number.POSITIVE_INFINITY
    return this.#previous && number < lowest ? this.#previous : this.#next
  }

  // Only what has opened moves the phase. §6.5-3
  #onOpened(keys: ReceivePhase, path: number, number: number): void {
    if (keys === this.#next) {
      this.#previous = this.#current
      this.#current = keys
      this.#next = undefined
    }
    const lowest = keys.lowest[path]
    if (lowest === undefined || number < lowest) keys.lowest[path] = number
  }

  #takeData(number: number, phase: number, plain: Uint8Array, report: PlaneReport): void {
    const length = plain.length - dataPrefixBytes
    const stream = plain.length >= dataPrefixBytes ? (plain[0]! << 8) | plain[1]! : 0
    const offset =
      length > 0 ? ((plain[2]! << 8) | plain[3]!) * 2 ** 32 + readU32(plain, 4) : literalOffsetMax
    const end = offset + length
    if (length <= 0 || end > literalOffsetMax) {
      // authentic and impossible: the core closes. §4-7
      this.#reportRun(report)
      report.outside(number, phase, stream, literalOffsetMax, 1)
      return
    }
    const bounds = this.#windows.get(stream)
    if (bounds === undefined || end > bounds.limit) {
      this.#reportRun(report)
      report.outside(number, phase, stream, offset, length)
      return
    }
    const from = Math.max(offset, bounds.base)
    if (from < end)
      this.#payloads.write(stream, from, plain.subarray(dataPrefixBytes + from - offset, plain.length))
    if (
      this.#runPackets > 0 &&
      number === this.#runFirst + this.#runPackets &&
      offset === this.#runEnd &&
      stream === this.#runStream &&
      phase === this.#runPhase
    ) {
      this.#runPackets++
      this.#runEnd = end
      return
    }
    this.#reportRun(report)
    this.#runFirst = number
    this.#runPackets = 1
    this.#runPhase = phase
    this.#runStream = stream
    this.#runOffset = offset
    this.#runEnd = end
  }

  #reportRun(report: PlaneReport): void {
    const packets = this.#runPackets
    if (packets === 0) return
    this.#runPackets = 0
    report.data(
      this.#runFirst,
      packets,
      this.#runPhase,
      this.#runStream,
      this.#runOffset,
      this.#runEnd - this.#runOffset,
    )
  }
}
