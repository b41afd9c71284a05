// Meeting a peer we send to: by the key pinned for its address, or for the first time, and then it is pinned. A peer that
// shows another key than the pinned one is refused before it hears anything. Knows links and keys, no messages.

import { equal } from '../base/bytes.ts'
import { PfsError } from '../base/errors.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { connect } from '../net/endpoint.ts'
import type { Link } from '../net/link.ts'
import type { CommonOptions } from './events.ts'
import { linkOptions, type Setup } from './setup.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

export const placeName = ({ host, port }: Place): string => `${host}:${port}`

/**
 * @param early control-stream bytes for the first flight, which a stranger gets only once its key is proven
 * @param expected the key that a ticket names: it counts, whatever was pinned before
 */
export async function contact(
  setup: Setup,
  options: CommonOptions,
  place: Place,
  early: Uint8Array,
  expected?: Uint8Array,
): Promise<Link> {
  const { host, keys, peers } = setup
  const name = placeName(place)
  const known = peers.pinned(name)
  const pinned = expected ?? known
  const link = await connect({
    host,
    keys,
    hostName: place.host,
    port: place.port,
    early,
    signal: options.signal,
    ...(pinned ? { remoteStatic: pinned, verifyPeer: key => equal(key, pinned) } : {}),
    ...linkOptions(options),
  }).catch((error: unknown) => {
    throw error instanceof PfsError && error.code === 'PFS_KEY_CHANGED' ? keyChanged(name, place.host) : error
  })
  if (!known || !equal(known, link.remoteStatic)) {
    peers.pin(name, link.remoteStatic)
    options.onEvent({ kind: 'pinned', host: name, peerId: formatPeerId(link.remoteStatic) })
  }
  return link
}

const keyChanged = (name: string, host: string): PfsError =>
  new PfsError('PFS_KEY_CHANGED', name, {
    hint: `If you know why (it was set up anew), run \`pfs peers rm ${host}\` and send again. Else somebody may be in between.`,
  })
