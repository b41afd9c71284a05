// Meeting a peer we send to: by the key pinned for its address, or for the first time, and then it is pinned. A peer that
// shows another key than the pinned one is refused before it hears anything. Knows links and keys, no messages.

import { equal } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import type { Micros } from '../base/units.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { connect } from '../net/endpoint.ts'
import type { Link } from '../net/link.ts'
import type { CommonOptions, SendOptions } from './events.ts'
import type { PathMemory } from './path_memory.ts'
import { linkOptions, type Setup } from './setup.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

export const placeName = ({ host, port }: Place): string => `${host}:${port}`

/** What a meeting needs of the options of a transfer, and what only a look at the path asks for. */
export interface Meeting
  extends Pick<CommonOptions, 'signal' | 'stallMicros' | 'connectMicros' | 'transport' | 'family' | 'bind'>,
    Pick<SendOptions, 'locals'> {
  /** Never silent for longer. */
  readonly keepAliveMicros?: Micros
  /** What earlier transfers saw of paths. */
  readonly pathMemory?: PathMemory | undefined
  /** The datagram size is searched though nothing is sent. */
  readonly searchesIdle?: boolean
}

type Who = Pick<Setup, 'host' | 'keys' | 'peers'> & Partial<Pick<Setup, 'qlog'>>

/**
 * A link to it, and nothing is remembered.
 *
 * @param early control-stream bytes for the first flight, which a stranger gets only once its key is proven
 * @param expected the key that a ticket names: it counts, whatever was pinned before
 */
export async function meet(
  { host, keys, peers, qlog }: Who,
  options: Meeting,
  place: Place,
  early: Uint8Array,
  expected?: Uint8Array,
): Promise<Link> {
  const name = placeName(place)
  const base = linkOptions(options)
  const savedPath = options.pathMemory?.recall(name)
  const pinned = expected ?? peers.pinned(name)
  return await connect({
    host,
    keys,
    hostName: place.host,
    port: place.port,
    transport: options.transport ?? 'auto',
    family: options.family,
    ...(options.bind === undefined ? {} : { bind: { host: options.bind, port: 0 } }),
    early,
    signal: options.signal,
    observe: qlog?.observe,
    ...(pinned ? { remoteStatic: pinned, verifyPeer: key => equal(key, pinned) } : {}),
    ...(options.locals ? { locals: options.locals } : {}),
    ...(options.keepAliveMicros === undefined ? {} : { keepAliveMicros: options.keepAliveMicros }),
    ...base,
    config: { ...base.config, searchesIdle: options.searchesIdle === true, savedPath },
  }).catch((error: unknown) => {
    throw error instanceof PfsError && error.code === 'PFS_KEY_CHANGED' ? keyChanged(name, place.host) : error
  })
}

/** The same, and from now on this place must show this key. */
export async function contact(
  setup: Who,
  options: CommonOptions & Pick<Meeting, 'pathMemory' | 'locals'>,
  place: Place,
  early: Uint8Array,
  expected?: Uint8Array,
): Promise<Link> {
  const { peers } = setup
  const name = placeName(place)
  const link = await meet(setup, options, place, early, expected)
  const { transport = 'auto' } = options
  if (transport === 'auto' && link.diagnosis.carrier === 'tcp')
    options.onEvent({ kind: 'notice', text: `UDP to ${name} got no answer; using TCP` })
  const known = peers.pinned(name)
  if (!known || !equal(known, link.remoteStatic)) {
    await peers.pin(name, link.remoteStatic)
    options.onEvent({ kind: 'pinned', host: name, peerId: formatPeerId(link.remoteStatic) })
  }
  return link
}

const keyChanged = (name: string, host: string): PfsError =>
  new PfsError('PFS_KEY_CHANGED', name, {
    hint: `If you know why (it was set up anew), run \`pfs peers rm ${host}\` and send again. Else somebody may be in between.`,
  })
