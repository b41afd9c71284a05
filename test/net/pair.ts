// Two ends on real loopback for the tests of net/: a listener, links to it, and owners that note what they are told.
// Waits for events, never for time.

import { expect } from 'vitest'
import type { PfsError } from '../../src/base/errors.ts'
import type { KeyPair } from '../../src/crypto/primitives.ts'
import { createHost, type Host } from '../../src/host/choose.ts'
import type { Udp, UdpFactory } from '../../src/host/udp.ts'
import {
  type ConnectOptions,
  connect,
  type Listener,
  type ListenOptions,
  listen,
} from '../../src/net/endpoint.ts'
import type { Link, LinkHandlers } from '../../src/net/link.ts'

export const host: Host = await createHost()

export const newKeys = (): KeyPair => host.primitives.generateKeyPair(host.random(32))

/** A host whose sockets the test can reach. */
export function tappedHost(): { readonly host: Host; readonly sockets: Udp[] } {
  const sockets: Udp[] = []
  const openUdp: UdpFactory = async options => {
    const udp = await host.openUdp(options)
    sockets.push(udp)
    return udp
  }
  return { host: { ...host, openUdp }, sockets }
}

export interface Slab {
  readonly stream: number
  readonly offset: number
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

export interface OwnerOptions {
  readonly keeps?: boolean
  readonly consumes?: boolean
}

/** An owner that keeps everything and consumes at once, unless told not to. */
export class Owner implements LinkHandlers {
  readonly link: Link
  control = ''
  readonly ordered: Uint8Array[] = []
  readonly slabs: Slab[] = []
  readonly drained: number[] = []
  readonly resets: number[] = []
  readonly stops: number[] = []
  slabBytes = 0
  isConfirmed = false
  isEnded = false
  /** undefined while it lives. */
  closed: { readonly error: PfsError | undefined } | undefined
  readonly #keeps: boolean
  readonly #consumes: boolean
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = []

  constructor(link: Link, { keeps = true, consumes = true }: OwnerOptions = {}) {
    this.link = link
    this.#keeps = keeps
    this.#consumes = consumes
    link.handlers = this
  }

  until(isMet: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ isMet, resolve })
      this.check()
    })
  }

  check(): void {
    const met = this.#waiting.filter(({ isMet }) => isMet())
    this.#waiting = this.#waiting.filter(waiting => !met.includes(waiting))
    for (const { resolve } of met) resolve()
  }

  onControl(bytes: Uint8Array): void {
    this.control += new TextDecoder().decode(bytes)
    this.check()
  }

  onOrdered(stream: number, bytes: Uint8Array, isLast: boolean): void {
    this.ordered.push(bytes)
    this.isEnded ||= isLast
    if (this.#consumes) this.link.consumedOrdered(stream, bytes.length)
    this.check()
  }

  onSlab(
    stream: number,
    offset: number,
    buffer: SharedArrayBuffer,
    lengthBytes: number,
    isLast: boolean,
  ): void {
    this.slabBytes += lengthBytes
    if (this.#keeps)
      this.slabs.push({ stream, offset, bytes: new Uint8Array(buffer, 0, lengthBytes), isLast })
    if (this.#consumes) this.link.consumedSlab(stream, offset, lengthBytes, this.#keeps ? undefined : buffer)
    this.check()
  }

  onDrain(stream: number): void {
    this.drained.push(stream)
    this.check()
  }

  onConfirmed(): void {
    this.isConfirmed = true
    this.check()
  }

  onReset(stream: number): void {
    this.resets.push(stream)
    this.check()
  }

  onStopped(stream: number): void {
    this.stops.push(stream)
    this.check()
  }

  onClosed(error: PfsError | undefined): void {
    expect(this.closed, 'closed once').toBeUndefined()
    this.closed = { error }
    this.check()
  }

  /** The bytes of one literal stream, put together. */
  literal(stream: number): Uint8Array {
    const mine = this.slabs.filter(slab => slab.stream === stream)
    const bytes = new Uint8Array(
      mine.reduce((end, slab) => Math.max(end, slab.offset + slab.bytes.length), 0),
    )
    for (const slab of mine) bytes.set(slab.bytes, slab.offset)
    return bytes
  }
}

export interface World {
  readonly listener: Listener
  readonly keys: KeyPair
  /** The owners of accepted links, in order of arrival. */
  readonly owners: Owner[]
  /** Resolves when so many have come. */
  arrived(count: number): Promise<void>
  connect(options?: Partial<ConnectOptions>): Promise<Link>
}

/** A listener on loopback that accepts everyone, unless `options` say otherwise. */
export async function world(options: Partial<ListenOptions> = {}, owner: OwnerOptions = {}): Promise<World> {
  const keys = newKeys()
  const owners: Owner[] = []
  let waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const listener = await listen({
    host,
    keys,
    port: 0,
    address: '127.0.0.1',
    onPeer(link) {
      owners.push(new Owner(link, owner))
      link.accept()
      for (const { count, resolve } of waiting) if (owners.length >= count) resolve()
      waiting = waiting.filter(({ count }) => owners.length < count)
    },
    ...options,
  })
  return {
    listener,
    keys,
    owners,
    arrived: count =>
      new Promise(resolve => {
        if (owners.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    connect: more =>
      connect({ host, keys: newKeys(), hostName: '127.0.0.1', port: listener.address.port, ...more }),
  }
}

/** Bytes that no two offsets near each other share. */
export function painted(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) % 251) ^ ((from + i) >>> 16)
  return bytes
}
