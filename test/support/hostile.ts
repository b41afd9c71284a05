// A peer that completes the handshake and then breaks rules: our own stack in this process, with a hand on its data
// plane. Polite, it is a link like any other; after takeOver() only what the test writes goes out, sealed as it should
// be, and everything that comes in is only looked at.

import { Writer } from '../../src/base/bytes.ts'
import type { PfsError } from '../../src/base/errors.ts'
import { second } from '../../src/base/units.ts'
import type { KeyPair } from '../../src/crypto/primitives.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import type { Udp } from '../../src/host/udp.ts'
import { connect } from '../../src/net/endpoint.ts'
import type { Link } from '../../src/net/link.ts'
import type { Address } from '../../src/proto/address.ts'
import type {
  Outbox,
  Payloads,
  PhaseKeys,
  Plane,
  PlaneReport,
  Run,
  Train,
} from '../../src/proto/plane/plane.ts'
import { type WireCodeName, wireCodeName } from '../../src/wire/codes.ts'
import { decodeFrames, encodeFrame, type Frame, frameSize } from '../../src/wire/frame.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/wire/message.ts'

// the portable one: what a hostile peer sends comes from payloads of its own making, which the native plane does not read
export const host: Host = await createHost({ addon: undefined, path: undefined, why: 'a hostile peer' })

export const newKeys = (): KeyPair => host.primitives.generateKeyPair(host.random(32))

/** Payload that a test has written by hand comes before the link's own. */
class CraftedPayloads implements Payloads {
  crafted: Uint8Array | undefined
  readonly #own: Payloads

  constructor(own: Payloads) {
    this.#own = own
  }

  read(stream: number, offset: number, target: Uint8Array): void {
    if (this.crafted) target.set(this.crafted.subarray(0, target.length))
    else this.#own.read(stream, offset, target)
  }

  write(stream: number, offset: number, bytes: Uint8Array): void {
    this.#own.write(stream, offset, bytes)
  }
}

/** The plane of the link, and above it the hand. */
class HandledPlane implements Plane {
  readonly payloads: CraftedPayloads
  readonly #plane: Plane
  readonly #onFrame: (frame: Frame) => void
  isTaken = false
  nextNumber = 0

  constructor(own: Payloads, onFrame: (frame: Frame) => void) {
    this.payloads = new CraftedPayloads(own)
    this.#plane = host.createPlane(this.payloads)
    this.#onFrame = onFrame
  }

  craftFrames(frames: Uint8Array, outbox: Outbox): void {
    this.#plane.sealFrames(this.nextNumber++, frames, outbox)
  }

  craftData(stream: number, offset: number, bytes: Uint8Array, outbox: Outbox): void {
    this.payloads.crafted = bytes
    const lengthBytes = bytes.length
    const firstPacket = this.nextNumber++
    const train = { firstPacket, packets: 1, stream, offset, lengthBytes, payloadBytes: lengthBytes }
    this.#plane.sealTrain(train, outbox)
    this.payloads.crafted = undefined
  }

  useSendKeys(phase: number, keys: PhaseKeys): void {
    this.#plane.useSendKeys(phase, keys)
  }
  addReceiveKeys(phase: number, keys: PhaseKeys): void {
    this.#plane.addReceiveKeys(phase, keys)
  }
  forgetReceiveKeys(phase: number): void {
    this.#plane.forgetReceiveKeys(phase)
  }
  usePaths(count: number): void {
    this.#plane.usePaths(count)
  }
  setDestination(connectionId: Uint8Array): void {
    this.#plane.setDestination(connectionId)
  }
  setReceiveWindow(stream: number, base: number, limit: number): void {
    this.#plane.setReceiveWindow(stream, base, limit)
  }
  forgetStream(stream: number): void {
    this.#plane.forgetStream(stream)
  }

  sealTrain(train: Train, outbox: Outbox): void {
    if (this.isTaken) return
    this.nextNumber = Math.max(this.nextNumber, train.firstPacket + train.packets)
    this.#plane.sealTrain(train, outbox)
  }

  sealFrames(packetNumber: number, frames: Uint8Array, outbox: Outbox): void {
    if (this.isTaken) return
    this.nextNumber = Math.max(this.nextNumber, packetNumber + 1)
    this.#plane.sealFrames(packetNumber, frames, outbox)
  }

  open(datagrams: readonly Uint8Array[], report: PlaneReport): void {
    this.#plane.open(datagrams, this.#heard(report))
  }

  openRuns(localId: Uint8Array, runs: readonly Run[], report: PlaneReport): void {
    this.#plane.openRuns(localId, runs, this.#heard(report))
  }

  #heard(report: PlaneReport): PlaneReport {
    return {
      frames: (number, phase, frames, datagramBytes) => {
        decodeFrames(frames, frame => {
          this.#onFrame(frame)
          return undefined
        })
        if (!this.isTaken) report.frames(number, phase, frames, datagramBytes)
      },
      data: (...run) => {
        if (!this.isTaken) report.data(...run)
      },
      outside: (...range) => {
        if (!this.isTaken) report.outside(...range)
      },
      dropped: reason => {
        if (!this.isTaken) report.dropped(reason)
      },
      foreign: datagram => {
        if (!this.isTaken) report.foreign(datagram)
      },
    }
  }
}

export interface HostileOptions {
  readonly keys?: KeyPair
  /** The receiver's key: the first flight is then IK. */
  readonly remoteStatic?: Uint8Array
  readonly early?: Uint8Array
  /** What we let the receiver send, for one that never reads. */
  readonly config?: Readonly<Record<string, number>>
}

type Wait = (state: Hostile) => boolean

export class Hostile {
  readonly keys: KeyPair
  readonly messages: Message[] = []
  /** The code of the receiver's CLOSE, and the frame it blames. */
  close: { readonly code: WireCodeName; readonly frameType: number; readonly reason: string } | undefined
  ended: { readonly error: PfsError | undefined } | undefined
  link!: Link
  #plane!: HandledPlane
  #udp!: Udp
  readonly #address: Address
  #control = new Uint8Array(0)
  readonly #waits = new Set<() => void>()

  private constructor(port: number, keys: KeyPair) {
    this.#address = { host: '127.0.0.1', port }
    this.keys = keys
  }

  static async connect(port: number, options: HostileOptions = {}): Promise<Hostile> {
    const { keys = newKeys(), remoteStatic, early, config } = options
    const hostile = new Hostile(port, keys)
    hostile.link = await connect({
      host: hostile.#host(),
      keys,
      hostName: '127.0.0.1',
      port,
      idleTimeoutMicros: 20 * second,
      ...(remoteStatic ? { remoteStatic } : {}),
      ...(early ? { early } : {}),
      ...(config ? { config } : {}),
    })
    hostile.link.handlers = {
      onControl: bytes => hostile.#onControl(bytes),
      onOrdered: () => {},
      onSlab: () => {},
      onDrain: () => {},
      onConfirmed: () => {},
      onReset: () => {},
      onStopped: () => {},
      onClosed: error => {
        hostile.ended = { error }
        hostile.#look()
      },
    }
    return hostile
  }

  #host(): Host {
    return {
      ...host,
      createPlane: own => {
        this.#plane = new HandledPlane(own, frame => this.#onFrame(frame))
        return this.#plane
      },
      openUdp: async options => {
        this.#udp = await host.openUdp(options)
        return this.#udp
      },
    }
  }

  send(message: Message): void {
    this.link.sendControl(encodeMessage(message))
  }

  /** From now on the link is deaf and dumb, and the test speaks. */
  takeOver(): void {
    this.#plane.isTaken = true
  }

  /** One FRAMES packet with just these bytes. */
  frames(bytes: Uint8Array): void {
    this.#plane.craftFrames(bytes, { push: datagram => this.datagram(datagram) })
  }

  frame(frame: Frame): void {
    const writer = new Writer(new Uint8Array(frameSize(frame)))
    encodeFrame(writer, frame)
    this.frames(writer.written())
  }

  /** One DATA packet. */
  data(stream: number, offset: number, bytes: Uint8Array): void {
    this.#plane.craftData(stream, offset, bytes, { push: datagram => this.datagram(datagram) })
  }

  /** From our socket, as it is. */
  datagram(bytes: Uint8Array): void {
    const outbox = this.#udp.outbox(this.#address)
    outbox.push(bytes)
    outbox.flush()
  }

  get nextNumber(): number {
    return this.#plane.nextNumber
  }

  until(isMet: Wait, what: string, limitMillis = 8_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(limit)
        this.#waits.delete(look)
      }
      const look = (): void => {
        if (!isMet(this)) return
        done()
        resolve()
      }
      const limit = setTimeout(() => {
        done()
        const said = JSON.stringify({ close: this.close, messages: this.messages.map(({ type }) => type) })
        reject(new Error(`${what}: not in ${limitMillis} ms; ${said}`))
      }, limitMillis)
      this.#waits.add(look)
      look()
    })
  }

  /** The code the receiver closes with. */
  async closed(): Promise<WireCodeName> {
    await this.until(({ close }) => close !== undefined, 'a CLOSE')
    return this.close?.code ?? 'NONE'
  }

  async said<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>> {
    await this.until(({ messages }) => messages.some(message => message.type === type), `message ${type}`)
    return this.messages.find((message): message is Extract<Message, { type: T }> => message.type === type)!
  }

  leave(): void {
    this.link.close(0)
  }

  #onFrame(frame: Frame): void {
    if (frame.type !== 0x09) return
    const reason = new TextDecoder().decode(frame.reason)
    this.close ??= { code: wireCodeName(frame.code), frameType: frame.frameType, reason }
    this.#look()
  }

  #onControl(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#control.length + bytes.length)
    all.set(this.#control)
    all.set(bytes, this.#control.length)
    let at = 0
    const view = new DataView(all.buffer)
    while (at + 4 <= all.length && at + 4 + view.getUint32(at) <= all.length) {
      const length = view.getUint32(at)
      const message = decodeMessage(all.subarray(at + 4, at + 4 + length))
      if (!('frameType' in message)) this.messages.push(message)
      at += 4 + length
    }
    this.#control = all.slice(at)
    this.#look()
  }

  #look(): void {
    for (const look of [...this.#waits]) look()
  }
}
