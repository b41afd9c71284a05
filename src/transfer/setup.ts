// What every transfer of this process needs before it can speak: the machine's means, our key, the peers we know, and
// the storage thread. Knows no protocol.

import type { Micros } from '../base/units.ts'
import { MiB } from '../base/units.ts'
import type { KeyPair } from '../crypto/primitives.ts'
import { createHost, type Host } from '../host/choose.ts'
import type { Config } from '../proto/config.ts'
import type { CommonOptions } from './events.ts'
import { loadIdentity } from './identity.ts'
import { Peers } from './peers.ts'
import { StorageThread } from './storage/thread.ts'

export interface Setup {
  readonly host: Host
  readonly keys: KeyPair
  readonly peers: Peers
  readonly storage: StorageThread
}

export async function setUp(options: CommonOptions): Promise<Setup> {
  const { directories, onEvent } = options
  const host = await createHost()
  const { keys } = loadIdentity(directories.config, host.primitives, host.random)
  const storage = await StorageThread.open(
    { pool: directories.pool, jobs: directories.jobs, mayLearn: options.learn ?? true },
    text => onEvent({ kind: 'notice', text }),
  )
  return { host, keys, peers: new Peers(directories.config), storage }
}

/**
 * Windows of a transfer. A slab is consumed only when the storage thread has written it, so a window of one slab
 * would wait a round trip between threads for each; eight keep it busy, and are what a kill can cost to send again.
 */
const streamWindowBytes = 2 * MiB
const connectionWindowBytes = 3 * MiB

/** What the command line may ask of a connection, and what a transfer asks for itself. */
export function linkOptions({ stallMicros, connectMicros }: CommonOptions): {
  readonly idleTimeoutMicros?: Micros
  readonly config: Partial<Config>
} {
  return {
    ...(stallMicros === undefined ? {} : { idleTimeoutMicros: stallMicros }),
    config: {
      streamWindowBytes,
      connectionWindowBytes,
      ...(connectMicros === undefined ? {} : { handshakeTimeoutMicros: connectMicros }),
    },
  }
}
