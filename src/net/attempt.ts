// One handshake with one address over one carrier, to its end. Knows nothing of others that may be under way beside it. A
// UDP socket for it is connected, so that ICMP speaks to it.

import { PfsError } from '../base/errors.ts'
import type { PatternName } from '../crypto/noise_patterns.ts'
import type { Address } from '../proto/address.ts'
import { wireCodes } from '../wire/codes.ts'
import type { Carrier } from './carrier.ts'
import { closeFault, unanswered } from './faults.ts'
import type { Link } from './link.ts'
import { formatAddress } from './resolve.ts'
import { openSocket, type Socket, type SocketOptions, socketOver } from './socket.ts'
import { Ways } from './ways.ts'

/** ICMP can be forged: so many in a row, before any answer, say that nobody listens. The second INIT leaves after 1 s. */
const refusalsMax = 2

export interface AttemptOptions extends SocketOptions {
  /** The key the peer is known by: without it the first contact is by XX. §5-1 */
  readonly remoteStatic?: Uint8Array
  readonly psk?: Uint8Array
  /** Our own address, as an IP literal. */
  readonly bind?: Address
  /** The key is proven: true lets the connection go on, false ends it. */
  readonly verifyPeer?: (remoteStatic: Uint8Array, pattern: PatternName) => boolean
}

export interface Attempt {
  readonly address: Address
  readonly carrier: Carrier
  /** Our addresses: the first for the handshake, further ones as paths, over UDP. §4.3 */
  readonly locals: readonly string[]
  /** Control-stream bytes that ride in the first flight … */
  readonly early?: Uint8Array | undefined
  /** … or follow when the handshake is complete. §4.1-9 */
  readonly late?: Uint8Array | undefined
  /** Gives up when it aborts before keys exist; from then on the link is the owner's to close. */
  readonly signal: AbortSignal
  /** Keys exist: told at once, before anything else can happen. */
  readonly onWon: () => void
}

/** Resolves when keys exist. The link's events wait until its handlers are set. */
export async function attempt(options: AttemptOptions, one: Attempt): Promise<Link> {
  const { address, signal, late, onWon } = one
  const peer = formatAddress(address)
  const socket = await open(options, one).catch(error => {
    if (signal.aborted) throw closeFault({ by: 'local', code: wireCodes.CANCELLED.code, text: '' }, peer)
    throw error instanceof PfsError ? error : unanswered(peer, whyNot(error))
  })
  return new Promise<Link>((resolve, reject) => {
    let refusals = 0
    let refusal = ''
    let isEstablished = false
    let isTrusted = true
    const connection = startConnection(socket, options, one)
    const ways = new Ways(socket, connection)
    const link = socket.link(connection, {
      onPeer(link, remoteStatic, pattern) {
        isTrusted = options.verifyPeer?.(remoteStatic, pattern) ?? true
        if (!isTrusted) link.close(wireCodes[options.remoteStatic ? 'KEY_CHANGED' : 'REFUSED'].code)
      },
      onEstablished(link) {
        isEstablished = true
        signal.removeEventListener('abort', giveUp)
        if (!isTrusted) return
        onWon()
        if (late) link.sendControl(late)
        void ways.start(one.locals.slice(1))
        link.publish()
        resolve(link)
      },
      onUnanswered: path => ways.onDoubt(path),
      onClosed(_link, error) {
        ways.stop()
        signal.removeEventListener('abort', giveUp)
        void socket.driver.stop()
        // nothing happens where it has been resolved
        reject(refusals < refusalsMax ? (error ?? unanswered(peer)) : unanswered(peer, refusal))
      },
    })
    const giveUp = (): void => link.close(wireCodes.CANCELLED.code)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    socket.onHint = (hint, path) => {
      if (isEstablished) return ways.onDoubt(path)
      if (socket.udp.stats.datagramsReceived > 0) return
      refusal = hint === 'refused' ? closedPort : 'no way leads there'
      if (++refusals === refusalsMax) link.close(wireCodes.CANCELLED.code)
    }
  })
}

function open(options: AttemptOptions, { address, carrier, signal, locals }: Attempt): Promise<Socket> {
  const [first] = locals
  const { host } = options
  const bind = first === undefined ? options.bind : { host: first, port: 0 }
  const own = bind ? { bind } : {}
  if (carrier === 'udp') return openSocket(options, { peer: address, ...own }, false)
  return socketOver(options, false, handlers => host.openTcp({ peer: address, handlers, signal, ...own }))
}

const closedPort = 'the port is closed'

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ECONNREFUSED' ? closedPort : (code ?? message)
}

function startConnection(socket: Socket, { remoteStatic, psk }: AttemptOptions, { address, early }: Attempt) {
  return socket.endpoint.connect(socket.driver.now(), address, {
    ...(remoteStatic ? { remoteStatic } : {}),
    ...(psk ? { psk } : {}),
    ...(early ? { early } : {}),
  })
}
