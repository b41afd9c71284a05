// The data plane: whatever touches every packet. The core decides in trains and ranges; a plane seals, opens,
// checks replay and moves payload. Two implementations stand behind this face: plane/portable.ts, packet by packet,
// and later the addon's, a train in one call. Knows keys and payload memory; knows no frames, streams' meaning or time.

/** Consecutive packets of one literal stream: packet firstPacket + i carries payloadBytes from offset + i × payloadBytes. */
export interface Train {
  /** 0 where it is left out. §4.3 */
  readonly path?: number
  readonly firstPacket: number
  readonly packets: number
  readonly stream: number
  readonly offset: number
  /** All payload of the train; only the last packet may carry less than payloadBytes. */
  readonly lengthBytes: number
  readonly payloadBytes: number
}

/** The keys of one direction in one phase, as crypto/schedule derives them. */
export interface PhaseKeys {
  readonly suite: number
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** Where literal payload comes from and goes to: memory the host owns, addressed by (stream, offset). */
export interface Payloads {
  /** Fills `target` with the stream's bytes from `offset`. They are there: written and not yet acknowledged. */
  read(stream: number, offset: number, target: Uint8Array): void
  /** Stores bytes that lie inside the limits; bytes already taken away by their reader are ignored. */
  write(stream: number, offset: number, bytes: Uint8Array): void
}

/** Where sealed datagrams go. The memory belongs to the outbox from then on. */
export interface Outbox {
  /** What is pushed from now on goes with this ECN field (path/ecn.ts); a driver that cannot set it leaves it alone. */
  ecn?: number
  push(datagram: Uint8Array): void
}

/** Datagrams that came together: one after another in memory, each of segmentBytes but the last, which may be shorter. */
export interface Run {
  readonly bytes: Uint8Array
  readonly segmentBytes: number
  /** The ECN field they all came with; absent where the driver does not see it. */
  readonly ecn?: number
}

/** Why a packet that came was not taken. */
export type DropReason = 'malformed' | 'forged' | 'replayed' | 'old_key'

/** What a plane tells the core about a batch, in order of arrival. Consecutive DATA packets may come as one run. */
export interface PlaneReport {
  /** What is said from here on came by this path; a batch begins with path 0. */
  onPath?(path: number): void
  frames(packetNumber: number, phase: number, frames: Uint8Array, datagramBytes: number): void
  data(
    firstPacket: number,
    packets: number,
    phase: number,
    stream: number,
    offset: number,
    lengthBytes: number,
  ): void
  /** A DATA packet past the stream's limit or for a stream that is not open: nothing was stored. */
  outside(packetNumber: number, phase: number, stream: number, offset: number, lengthBytes: number): void
  dropped(reason: DropReason): void
  /** A datagram in a run that is for somebody else, or no sealed packet: the endpoint's to route. A copy of its own. */
  foreign(datagram: Uint8Array): void
}

export interface Plane {
  /** From now on seal with these; `phase` counts up from 0, its low bit goes on the wire. */
  useSendKeys(phase: number, keys: PhaseKeys): void
  /**
   * Keys of `phase` may open packets. The core adds a phase ahead, before the peer uses it: the plane moves on when a
   * packet opens under it. The one before stays usable until forgetReceiveKeys; as phases two apart share their bit,
   * numbers below the lowest opened in the present phase belong to the one before, others to the next. §6.5
   */
  addReceiveKeys(phase: number, keys: PhaseKeys): void
  forgetReceiveKeys(phase: number): void
  /** Packets of so many paths are opened; 1 until this is said. §4.3-1 */
  usePaths(count: number): void
  /** The connection id that the peer chose, put in front of every packet. */
  setDestination(connectionId: Uint8Array): void
  /** Payload of `stream` is welcome in [base, limit); both only grow. An unknown stream has limit 0. */
  setReceiveWindow(stream: number, base: number, limit: number): void
  forgetStream(stream: number): void
  sealTrain(train: Train, outbox: Outbox): void
  /** Seals one FRAMES packet. */
  sealFrames(packetNumber: number, frames: Uint8Array, outbox: Outbox, path?: number): void
  /** Opens FRAMES and DATA packets of this connection; may decrypt in place. */
  open(datagrams: readonly Uint8Array[], report: PlaneReport): void
  /** The same for runs, whose memory is only lent: what is reported of them may be kept. Opens what is for `localId`. */
  openRuns(localId: Uint8Array, runs: readonly Run[], report: PlaneReport): void
}

/** Bytes a DATA packet takes beyond its payload: header 14, stream and offset 8, tag 16. */
export const dataOverheadBytes = 38
/** Bytes a FRAMES packet takes beyond its frames: header 14, tag 16. */
export const framesOverheadBytes = 30
