// `pfs doctor PEER`: a look at a peer and the path to it. Makes contact as a transfer does, keeps the link busy with PING
// while the datagram size is searched, and goes. Nothing is offered, so nobody there is asked; nothing is pinned.
//
// What a peer tells only of a transfer (whether the pools have one seed) and what it never tells (its clock, how fast it
// takes bytes) cannot be learnt so.

import { setTimeout as sleep } from 'node:timers/promises'
import { PfsError } from '../base/errors.ts'
import { type Micros, millisecond, second } from '../base/units.ts'
import { formatPeerId } from '../crypto/identity.ts'
import { type SuiteName, suiteById } from '../crypto/suites.ts'
import { createHost } from '../host/choose.ts'
import type { Carrier } from '../net/carrier.ts'
import { deaf, type Link } from '../net/link.ts'
import { wireCodes } from '../wire/codes.ts'
import { meet, type Place, placeName } from './contact.ts'
import type { CommonOptions } from './events.ts'
import { loadIdentity } from './identity.ts'
import { Peers } from './peers.ts'
import { pinSuite } from './setup.ts'

export interface PathReport {
  readonly peerId: string
  /** This place has shown this key before. */
  readonly isPinned: boolean
  readonly carrier: Carrier
  readonly suite: SuiteName
  /** The best of this machine's. */
  readonly ownSuite: SuiteName
  /** UDP payload that the path carries, and the most that both sides would have sent. */
  readonly datagramBytes: number
  readonly datagramBytesMax: number
  readonly rttMicros: Micros
  readonly rttMicrosMin: Micros
  readonly packetsSent: number
  readonly packetsLost: number
}

/** A sample of the round trip and of the loss every so often. */
const pingMicros: Micros = 25 * millisecond
/** Fewer say nothing about a path that loses one in twenty. */
const packetsLeast = 60
/** A size counts as found when no larger one has arrived for so long: three tries of one, and as many round trips. */
const settledMicros: Micros = second
const settledRtts = 6
/** A satellite's path takes so long to be searched; nobody waits longer. */
const lookMillisMax = 15_000
const stepMillis = 25

type ProbeOptions = Pick<
  CommonOptions,
  'directories' | 'signal' | 'suite' | 'stallMicros' | 'connectMicros' | 'transport' | 'family' | 'bind'
>

/** Rejects with the PfsError that a transfer would meet: nobody answers, the key is another one, no common cipher. */
export async function probePeer(options: ProbeOptions, place: Place): Promise<PathReport> {
  options.signal.throwIfAborted()
  const host = pinSuite(await createHost(), options.suite)
  const { keys } = loadIdentity(options.directories.config, host.primitives, host.random)
  const peers = new Peers(options.directories.config)
  const looking = { ...options, keepAliveMicros: pingMicros, searchesIdle: true }
  const link = await meet({ host, keys, peers }, looking, place, new Uint8Array(0))
  try {
    await look(link, options.signal, placeName(place))
  } finally {
    link.close(wireCodes.NONE.code)
  }
  const { stats } = link
  const nameOf = (id: number | undefined): SuiteName => suiteById(id ?? 0)?.name ?? 'AES-256-GCM'
  return {
    peerId: formatPeerId(link.remoteStatic),
    isPinned: peers.pinned(placeName(place)) !== undefined,
    carrier: link.diagnosis.carrier,
    suite: nameOf(stats.suite),
    ownSuite: nameOf(host.suites[0]),
    datagramBytes: stats.datagramBytes,
    datagramBytesMax: stats.datagramBytesMax,
    rttMicros: stats.rttMicros,
    rttMicrosMin: stats.rttMicrosMin,
    packetsSent: stats.packetsSent,
    packetsLost: stats.packetsLost,
  }
}

/** Until there are samples enough and the size has settled. */
async function look(link: Link, signal: AbortSignal, name: string): Promise<void> {
  let ended: PfsError | undefined
  link.handlers = {
    ...deaf,
    onClosed(error) {
      ended = error ?? new PfsError('PFS_CANCELLED', `${name} closed the connection`)
    },
  }
  const { stats } = link
  let grownMillis = 0
  for (let millis = 0, size = 0; millis < lookMillisMax; millis += stepMillis) {
    if (ended) throw ended
    if (signal.aborted) throw new PfsError('PFS_INTERRUPTED')
    if (stats.datagramBytes > size) grownMillis = millis
    size = stats.datagramBytes
    const settledFor = Math.max(settledMicros, settledRtts * stats.rttMicros) / 1000
    if (stats.packetsSent >= packetsLeast && millis - grownMillis >= settledFor) return
    await sleep(stepMillis)
  }
}
