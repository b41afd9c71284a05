// connect and listen for programs that want the transport alone. Brings the machine's host and a key; the rest is
// net/endpoint's. Loads no pool, no index and no transfer.

import { equal } from '../../base/bytes.ts'
import { PfsError } from '../../base/errors.ts'
import { millisecond } from '../../base/units.ts'
import { formatPeerId, parsePeerId } from '../../crypto/identity.ts'
import { keyBytes } from '../../crypto/primitives.ts'
import { createHost, type Host } from '../../host/choose.ts'
import { wireCodes } from '../../wire/codes.ts'
import { transports } from '../carrier.ts'
import { connect as connectLink, listen as listenForLinks } from '../endpoint.ts'
import type { Link } from '../link.ts'
import { Arrivals } from './arrivals.ts'
import { StreamConnection } from './connection.ts'
import type {
  Connection,
  ConnectOptions,
  Identity,
  Listener,
  ListenOptions,
  TransportOptions,
} from './faces.ts'

/** Connections that nobody has taken; a peer beyond them is told BUSY. */
const untakenConnectionsMax = 128

let machine: Promise<Host> | undefined

function hostOfMachine(): Promise<Host> {
  machine ??= createHost()
  return machine
}

/**
 * Makes a key pair, or names one.
 * @param secretKey 32 bytes that were kept; default: new ones
 * @throws PfsError PFS_USAGE when it has another length
 */
export async function createIdentity(secretKey?: Uint8Array): Promise<Identity> {
  const { primitives, random } = await hostOfMachine()
  const secret = secretKey?.slice() ?? random(keyBytes)
  if (secret.length !== keyBytes) throw new PfsError('PFS_USAGE', `a secret key has ${keyBytes} bytes`)
  return { peerId: formatPeerId(primitives.generateKeyPair(secret).publicKey), secretKey: secret }
}

/**
 * Connects to a program that listens. Resolves when both have keys; a listener that does not want us ends the connection
 * right after with REFUSED.
 * @throws PfsError PFS_UNREACHABLE nobody answers, PFS_NOT_FOUND the name has no address, PFS_KEY_CHANGED another key than
 * `peerId` answers, PFS_VERSION nothing in common, PFS_INTERRUPTED the signal aborted, PFS_USAGE not a peer id
 * @example
 * ```js
 * const connection = await connect({ host: '127.0.0.1', port, peerId })
 * const { writable } = await connection.openOrdered()
 * await new Blob(['hello']).stream().pipeTo(writable)
 * await connection.finish()
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { host, port, peerId, signal, connectTimeoutMillis } = options
  const pinned = peerId === undefined ? undefined : keyOf(peerId)
  let link: Link
  try {
    signal?.throwIfAborted()
    link = await connectLink({
      ...(await common(options)),
      hostName: host,
      port,
      ...(signal ? { signal } : {}),
      ...(pinned ? { remoteStatic: pinned, verifyPeer: key => equal(key, pinned) } : {}),
      config:
        connectTimeoutMillis === undefined
          ? {}
          : {
              handshakeTimeoutMicros:
                within(connectTimeoutMillis, 1, 600_000, 'connectTimeoutMillis') * millisecond,
            },
    })
  } catch (error) {
    if (signal?.aborted) throw new PfsError('PFS_INTERRUPTED', undefined, { cause: signal.reason })
    throw error
  }
  const connection = new StreamConnection(link)
  const abort = (): void => connection.close('CANCELLED')
  const forget = (): void => signal?.removeEventListener('abort', abort)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  connection.closed.then(forget, forget)
  return connection
}

/**
 * Waits for programs that connect. Resolves when the port is open; iterate the listener for connections.
 * @throws PfsError PFS_PORT the port is taken, PFS_USAGE the address cannot be had, or a peer id is none
 * @example
 * ```js
 * const listener = await listen({ port: 9500, allow: [peerId] })
 * for await (const connection of listener) serve(connection)
 * ```
 */
export async function listen(options: ListenOptions = {}): Promise<Listener> {
  const { port = 0, host: address, signal } = options
  const identity = options.identity ?? (await createIdentity())
  const mayEnter = admission(options.allow)
  const arrivals = new Arrivals<Connection>(untakenConnectionsMax)
  const enter = (link: Link): void => {
    const connection = new StreamConnection(link, () => {
      if (!arrivals.offer(connection)) connection.close('BUSY')
    })
    link.accept()
  }
  const listener = await listenForLinks({
    ...(await common({ ...options, identity })),
    port,
    ...(address === undefined ? {} : { address }),
    onPeer: link =>
      void mayEnter(formatPeerId(link.remoteStatic)).then(
        isWelcome => (isWelcome ? enter(link) : link.refuse()),
        () => link.refuse(),
      ),
  })
  const close: Listener['close'] = async (code = 'NONE') => {
    signal?.removeEventListener('abort', abort)
    arrivals.end()
    await listener.close(wireCodes[code].code)
  }
  const abort = (): void => void close('CANCELLED')
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  return {
    peerId: identity.peerId,
    host: listener.address.host,
    port: listener.address.port,
    close,
    [Symbol.asyncIterator]: () => arrivals.iterate(),
  }
}

async function common({ identity, idleTimeoutMillis, transport = 'auto' }: TransportOptions) {
  if (!transports.includes(transport))
    throw new PfsError('PFS_USAGE', `transport is one of ${transports.join(', ')}`)
  const host = await hostOfMachine()
  const { secretKey } = identity ?? (await createIdentity())
  return {
    host,
    transport,
    keys: host.primitives.generateKeyPair(secretKey),
    ...(idleTimeoutMillis === undefined
      ? {}
      : { idleTimeoutMicros: within(idleTimeoutMillis, 1_000, 600_000, 'idleTimeoutMillis') * millisecond }),
  }
}

function within(value: number, least: number, most: number, name: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new PfsError('PFS_USAGE', `${name} is ${least} to ${most}, and not ${value}`)
}

function admission(allow: ListenOptions['allow']): (peerId: string) => Promise<boolean> {
  if (typeof allow === 'function') return async peerId => await allow(peerId)
  const ids = allow && new Set(allow.map(id => formatPeerId(keyOf(id))))
  return async peerId => ids?.has(peerId) ?? true
}

function keyOf(peerId: string): Uint8Array {
  const key = parsePeerId(peerId)
  if (key) return key
  throw new PfsError('PFS_USAGE', `${peerId} is not a peer id`, {
    hint: 'A peer id has 52 letters and digits.',
  })
}
