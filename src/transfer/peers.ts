// The peers we know: the key pinned for a host we send to, and the keys we accept files from. One small JSON file,
// read whole, replaced whole. Knows no network; a pin is made by whoever met the peer.

import { dirname, join } from 'node:path'
import { PfsError } from '../base/errors.ts'
import { formatPeerId, parsePeerId } from '../crypto/identity.ts'
import { keep, readKept } from '../host/keep.ts'
import { ExclusiveLock } from '../host/lock.ts'
import { ensureDirectory } from './directories.ts'

export interface Peer {
  /** The peer's static public key as crypto/identity writes it. */
  readonly id: string
  /** `host:port` places where it answered us; a send to one of them insists on this key. */
  readonly hosts: readonly string[]
  /** True when files from it are accepted without asking. */
  readonly maySend: boolean
  readonly name: string | undefined
  /** ISO date of the first meeting. */
  readonly since: string
}

/** A change takes a few milliseconds: whoever holds it for so long is stuck. */
const lockWaitMillis = 10_000

export class Peers {
  readonly #path: string
  #all: Peer[]

  constructor(configDirectory: string) {
    this.#path = join(ensureDirectory(configDirectory), 'peers.json')
    this.#all = parse(this.#path, readKept(this.#path))
  }

  list(): readonly Peer[] {
    return this.#all
  }

  /** The key pinned for `host:port`. */
  pinned(host: string): Uint8Array | undefined {
    const peer = this.#all.find(peer => peer.hosts.includes(host))
    return peer ? parsePeerId(peer.id) : undefined
  }

  maySend(key: Uint8Array): boolean {
    return this.#byId(formatPeerId(key))?.maySend ?? false
  }

  /** Remembers that `host:port` is this key. */
  pin(host: string, key: Uint8Array): Promise<void> {
    return this.#change(() => {
      const old = this.#get(formatPeerId(key))
      this.#put({ ...old, hosts: [...new Set([...old.hosts, host])] })
    })
  }

  /** Accepts files from this key from now on. */
  async trust(id: string, name?: string): Promise<Peer> {
    if (!parsePeerId(id)) {
      throw new PfsError('PFS_USAGE', `${id} is not a peer id`, {
        hint: 'A peer id is the 52 letters and digits that `pfs version` prints on the other machine.',
      })
    }
    return await this.#change(() => {
      const peer = { ...this.#get(id.toLowerCase()), maySend: true, ...(name === undefined ? {} : { name }) }
      this.#put(peer)
      return peer
    })
  }

  /** Forgets a peer by id, by the beginning of its id (4 letters or more), host or name. How many were forgotten. */
  forget(word: string): Promise<number> {
    const isIt = (peer: Peer): boolean =>
      peer.id === word ||
      (word.length >= 4 && peer.id.startsWith(word.toLowerCase().replaceAll('-', ''))) ||
      peer.name === word ||
      peer.hosts.some(host => host === word || host.slice(0, host.lastIndexOf(':')) === word)
    return this.#change(() => {
      const kept = this.#all.filter(peer => !isIt(peer))
      const forgotten = this.#all.length - kept.length
      if (forgotten > 0) this.#save(kept)
      return forgotten
    })
  }

  /** What another process or thread wrote since we read, or writes meanwhile, is not lost: a lost pin trusts any key. */
  async #change<T>(change: () => T): Promise<T> {
    const lock = await ExclusiveLock.acquire(dirname(this.#path), 'the list of peers', lockWaitMillis)
    try {
      this.#all = parse(this.#path, readKept(this.#path))
      return change()
    } finally {
      await lock.release()
    }
  }

  #byId(id: string): Peer | undefined {
    return this.#all.find(peer => peer.id === id)
  }

  #get(id: string): Peer {
    const fresh = { id, hosts: [], maySend: false, name: undefined, since: new Date().toISOString() }
    return this.#byId(id) ?? fresh
  }

  #put(peer: Peer): void {
    // a host has one key: a pin made on purpose takes the place of an older one
    const others = this.#all
      .filter(other => other.id !== peer.id)
      .map(other => ({ ...other, hosts: other.hosts.filter(host => !peer.hosts.includes(host)) }))
    this.#save([...others, peer])
  }

  #save(all: Peer[]): void {
    this.#all = all
    keep(this.#path, `${JSON.stringify({ version: 1, peers: all }, null, 2)}\n`)
  }
}

function parse(path: string, text: string | undefined): Peer[] {
  if (text === undefined) return []
  try {
    const file = JSON.parse(text) as { version: number; peers: Peer[] }
    if (file.version === 1 && file.peers.every(peer => parsePeerId(peer.id) && Array.isArray(peer.hosts))) {
      return file.peers
    }
  } catch {
    // said below
  }
  throw new PfsError('PFS_READ', `${path} is not a list of peers`, {
    hint: 'Mend it or move it away. Without it every peer is met as if for the first time.',
  })
}
