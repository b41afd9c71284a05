// The data plane by the addon: a train sealed and sent, or a run opened and placed, in one call. The twin of
// proto/plane/portable.ts; test/suites/plane.ts judges both. Knows keys and payload memory; no frames. PROTOCOL.md §4,
// §6.3 to §6.5.

import { assert } from '../base/assert.ts'
import type { DropReason, Outbox, PhaseKeys, Plane, PlaneReport, Run, Train } from '../proto/plane/plane.ts'
import { dataOverheadBytes, framesOverheadBytes } from '../proto/plane/plane.ts'
import { literalOffsetMax } from '../wire/limits.ts'
import { connectionIdBytes, destinationAt, isSealedPacket, sealedHeaderBytes } from '../wire/packet.ts'
import type { MemoryPayloads } from './payloads.ts'
import { slabBytes } from './slabs.ts'
import { NativeOutbox } from './udp_native.ts'

type Handle = object

/** What native/bind_plane.cc exports. */
export interface PlaneAddon {
  planeCreate(slabBytes: number): Handle
  planeUsePaths(plane: Handle, count: number): void
  planeUseSendKeys(plane: Handle, phase: number, suite: number, key: Uint8Array, iv: Uint8Array): void
  planeAddReceiveKeys(plane: Handle, phase: number, suite: number, key: Uint8Array, iv: Uint8Array): void
  planeForgetReceiveKeys(plane: Handle, phase: number): void
  planeSetDestination(plane: Handle, id: Uint8Array): void
  planeSetWindow(plane: Handle, stream: number, base: number, limit: number): void
  planeForgetStream(plane: Handle, stream: number): void
  planeDropSlab(plane: Handle, stream: number, index: number): void
  planeSendTrain(
    plane: Handle,
    socket: Handle,
    address: Uint8Array | null,
    path: number,
    number: number,
    packets: number,
    stream: number,
    offset: number,
    payloadBytes: number,
    ...parts: readonly Uint8Array[]
  ): boolean
  planeSealTrain(
    plane: Handle,
    target: Uint8Array,
    path: number,
    number: number,
    packets: number,
    stream: number,
    offset: number,
    payloadBytes: number,
    ...parts: readonly Uint8Array[]
  ): boolean
  planeSealFrames(plane: Handle, packet: Uint8Array, path: number, number: number): void
  planeOpen(
    plane: Handle,
    localId: Uint8Array,
    bytes: Uint8Array,
    from: number,
    segmentBytes: number,
    records: Float64Array,
    slabOf: (stream: number, index: number) => Uint8Array | undefined,
  ): number
}

/** The part of an addon that has planes, if it has one. */
export function planeAddon(addon: unknown): PlaneAddon | undefined {
  const isOne = typeof addon === 'object' && addon !== null && 'planeCreate' in addon
  return isOne ? (addon as PlaneAddon) : undefined
}

/** native/udp/report.h: records of one call, and numbers of one record. */
const runRecordsMax = 256
const recordNumbers = 8
/** Pieces of payload one call takes; a train over more is gathered first. */
const partsMax = 4

const recordKind = { frames: 1, data: 2, outside: 3, dropped: 4, foreign: 5, path: 6 } as const
const dropReasons: readonly DropReason[] = ['malformed', 'forged', 'replayed', 'old_key']

const destinationEnd = destinationAt + connectionIdBytes

// shared by the planes of this thread: each call is read out before the next
const records = new Float64Array(1 + runRecordsMax * recordNumbers)

export class NativePlane implements Plane {
  readonly #addon: PlaneAddon
  readonly #plane: Handle
  readonly #payloads: MemoryPayloads
  readonly #parts: Uint8Array[] = []
  // that the report has been told of
  #path = 0

  constructor(addon: PlaneAddon, payloads: MemoryPayloads) {
    this.#addon = addon
    this.#payloads = payloads
    this.#plane = addon.planeCreate(slabBytes)
    payloads.onSlabGone = (stream, index) => addon.planeDropSlab(this.#plane, stream, index)
  }

  useSendKeys(phase: number, { suite, key, iv }: PhaseKeys): void {
    this.#addon.planeUseSendKeys(this.#plane, phase, suite, key, iv)
  }

  addReceiveKeys(phase: number, { suite, key, iv }: PhaseKeys): void {
    this.#addon.planeAddReceiveKeys(this.#plane, phase, suite, key, iv)
  }

  forgetReceiveKeys(phase: number): void {
    this.#addon.planeForgetReceiveKeys(this.#plane, phase)
  }

  usePaths(count: number): void {
    this.#addon.planeUsePaths(this.#plane, count)
  }

  setDestination(connectionId: Uint8Array): void {
    this.#addon.planeSetDestination(this.#plane, connectionId)
  }

  setReceiveWindow(stream: number, base: number, limit: number): void {
    this.#addon.planeSetWindow(this.#plane, stream, base, Math.min(limit, literalOffsetMax))
  }

  forgetStream(stream: number): void {
    this.#addon.planeForgetStream(this.#plane, stream)
  }

  sealTrain(train: Train, outbox: Outbox): void {
    const { path = 0, firstPacket, packets, stream, offset, lengthBytes, payloadBytes } = train
    const parts = this.#partsOf(stream, offset, lengthBytes)
    if (outbox instanceof NativeOutbox) {
      const { socket, destination } = outbox
      const isSealed = this.#addon.planeSendTrain(
        this.#plane,
        socket,
        destination,
        path,
        firstPacket,
        packets,
        stream,
        offset,
        payloadBytes,
        ...parts,
      )
      assert(isSealed, 'a train that the driver let go has keys, bytes and room')
      parts.length = 0
      outbox.count(packets)
      return
    }
    const target = new Uint8Array(lengthBytes + packets * dataOverheadBytes)
    const isSealed = this.#addon.planeSealTrain(
      this.#plane,
      target,
      path,
      firstPacket,
      packets,
      stream,
      offset,
      payloadBytes,
      ...parts,
    )
    assert(isSealed, 'a train has keys and bytes')
    parts.length = 0
    const stride = payloadBytes + dataOverheadBytes
    for (let at = 0; at < target.length; at += stride) outbox.push(target.subarray(at, at + stride))
  }

  #partsOf(stream: number, offset: number, lengthBytes: number): Uint8Array[] {
    const parts = this.#parts
    this.#payloads.views(stream, offset, lengthBytes, parts)
    if (parts.length <= partsMax) return parts
    const gathered = new Uint8Array(lengthBytes)
    let at = 0
    for (const part of parts) {
      gathered.set(part, at)
      at += part.length
    }
    parts.length = 0
    parts.push(gathered)
    return parts
  }

  sealFrames(packetNumber: number, frames: Uint8Array, outbox: Outbox, path = 0): void {
    const packet = new Uint8Array(frames.length + framesOverheadBytes)
    packet.set(frames, sealedHeaderBytes)
    this.#addon.planeSealFrames(this.#plane, packet, path, packetNumber)
    outbox.push(packet)
  }

  open(datagrams: readonly Uint8Array[], report: PlaneReport): void {
    this.#path = 0
    for (const datagram of datagrams) {
      // the endpoint has looked at the id, where there is one
      if (!isSealedPacket(datagram)) report.dropped('malformed')
      else this.#openRun(datagram.subarray(destinationAt, destinationEnd), datagram, datagram.length, report)
    }
  }

  openRuns(localId: Uint8Array, runs: readonly Run[], report: PlaneReport): void {
    this.#path = 0
    for (const { bytes, segmentBytes } of runs) this.#openRun(localId, bytes, segmentBytes, report)
  }

  #openRun(localId: Uint8Array, bytes: Uint8Array, segmentBytes: number, report: PlaneReport): void {
    for (let from = 0; from < bytes.length; ) {
      const taken = this.#addon.planeOpen(
        this.#plane,
        localId,
        bytes,
        from,
        segmentBytes,
        records,
        this.#slabOf,
      )
      const count = records[0]!
      // each run begins with path 0, which is not said
      if (count > 0 && records[1] !== recordKind.path) this.#enterPath(0, report)
      for (let i = 0; i < count; i++) this.#report(1 + i * recordNumbers, from, bytes, report)
      from += taken
    }
  }

  #enterPath(path: number, report: PlaneReport): void {
    if (path === this.#path) return
    this.#path = path
    report.onPath?.(path)
  }

  readonly #slabOf = (stream: number, index: number): Uint8Array | undefined =>
    this.#payloads.slab(stream, index)

  #report(at: number, from: number, bytes: Uint8Array, report: PlaneReport): void {
    const a = records[at + 1]!
    const b = records[at + 2]!
    const c = records[at + 3]!
    const d = records[at + 4]!
    const e = records[at + 5]!
    switch (records[at]) {
      case recordKind.data:
        return report.data(a, b, c, d, e, records[at + 6]!)
      case recordKind.frames:
        // a copy: the run's memory is used again, and the core keeps what streams bring
        return report.frames(a, b, bytes.slice(from + c, from + c + d), e)
      case recordKind.outside:
        return report.outside(a, b, c, d, e)
      case recordKind.path:
        return this.#enterPath(a, report)
      case recordKind.dropped:
        return report.dropped(dropReasons[a] ?? 'malformed')
      default:
        return report.foreign(bytes.slice(from + a, from + a + b))
    }
  }
}
