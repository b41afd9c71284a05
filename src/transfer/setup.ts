// What every transfer of this process needs before it can speak: the machine's means, our key, the peers we know, and
// the storage thread. Knows no protocol.

import { PfsError } from '../base/errors.ts'
import type { Micros } from '../base/units.ts'
import { MiB } from '../base/units.ts'
import type { KeyPair } from '../crypto/primitives.ts'
import { type SuiteName, suiteAegis128L, suiteByName } from '../crypto/suites.ts'
import { createHost, type Host } from '../host/choose.ts'
import type { QlogFolder } from '../net/qlog/qlog_folder.ts'
import type { Config } from '../proto/config.ts'
import { controllerOf } from '../proto/congestion/index.ts'
import type { CommonOptions } from './events.ts'
import { loadIdentity } from './identity.ts'
import { Peers } from './peers.ts'
import type { StorageThread } from './storage/thread.ts'

export interface Setup {
  readonly host: Host
  readonly keys: KeyPair
  readonly peers: Peers
  readonly storage: StorageThread
  /** Where connections are logged, if they are. */
  readonly qlog: QlogFolder | undefined
}

/** @param opening the storage thread, which is ours from now on */
export async function setUp(
  { directories, suite, qlogFolder, onEvent }: CommonOptions,
  opening: Promise<StorageThread>,
): Promise<Setup> {
  try {
    const host = pinSuite(await createHost(), suite)
    const { keys } = loadIdentity(directories.config, host.primitives, host.random)
    const qlog = qlogFolder === undefined ? undefined : await openQlog(qlogFolder, onEvent)
    return { host, keys, peers: new Peers(directories.config), storage: await opening, qlog }
  } catch (error) {
    await opening.then(
      storage => storage.close(),
      () => {},
    )
    throw error
  }
}

/** Loaded by who wants it. */
async function openQlog(path: string, onEvent: CommonOptions['onEvent']): Promise<QlogFolder> {
  const { QlogFolder } = await import('../net/qlog/qlog_folder.ts')
  return await QlogFolder.open(path, text => onEvent({ kind: 'notice', text }))
}

/** The host with that one packet cipher to offer and to accept. */
export function pinSuite(host: Host, name: SuiteName | undefined): Host {
  if (name === undefined) return host
  const { id } = suiteByName(name)
  if (host.suites.includes(id)) return { ...host, suites: [id] }
  const needs =
    id === suiteAegis128L ? 'It needs AES instructions and the native addon' : 'This node has none'
  throw new PfsError('PFS_VERSION', `this machine does not do ${name}`, {
    hint: `${needs}: see \`pfs doctor\`, or leave out --suite.`,
  })
}

/**
 * Windows of a transfer. A slab is consumed only when the storage thread has written it, so a window of one slab
 * would wait a round trip between threads for each; eight keep it busy, and are what a kill can cost to send again.
 */
const streamWindowBytes = 2 * MiB
const connectionWindowBytes = 3 * MiB
/** What they may grow to where a long path needs it: 500 Mbit/s at half a second, and a transfer has one stream. */
const streamWindowBytesMax = 40 * MiB
const connectionWindowBytesMax = 48 * MiB

/** What the command line may ask of a connection, and what a transfer asks for itself. */
export function linkOptions({
  stallMicros,
  connectMicros,
  congestion,
}: Pick<CommonOptions, 'stallMicros' | 'connectMicros' | 'congestion'>): {
  readonly idleTimeoutMicros?: Micros
  readonly config: Partial<Config>
} {
  return {
    ...(stallMicros === undefined ? {} : { idleTimeoutMicros: stallMicros }),
    config: {
      streamWindowBytes,
      connectionWindowBytes,
      streamWindowBytesMax,
      connectionWindowBytesMax,
      ...(connectMicros === undefined ? {} : { handshakeTimeoutMicros: connectMicros }),
      ...(congestion === undefined ? {} : { createController: controllerOf(congestion) }),
    },
  }
}
