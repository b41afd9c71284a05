// What a sender answers to WANT: tree nodes of the object under way, up to a bound for the whole transfer. Knows no turns.
// PROTOCOL.md §15.7

import * as nodesMessage from '../wire/messages/nodes.ts'
import type * as wantMessage from '../wire/messages/want.ts'
import type { Channel } from './channel.ts'
import type { StorageThread } from './storage/thread.ts'

/** Tree nodes one transfer may ask for. §15.7-2 */
const nodesAskedMax = 65_536

export class SendingNodes {
  readonly #channel: Channel
  readonly #storage: StorageThread
  readonly #transfer: Uint8Array
  #asked = 0

  constructor(channel: Channel, storage: StorageThread, transfer: Uint8Array) {
    this.#channel = channel
    this.#storage = storage
    this.#transfer = transfer
  }

  /** False: it is one too many, and the transfer ends. */
  mayAsk({ indexes }: wantMessage.Want): boolean {
    this.#asked += indexes.length
    return this.#asked <= nodesAskedMax
  }

  /** One NODES for each index, in order (§15.7-1). False: there is no such node. */
  async answer(handle: number, want: wantMessage.Want, isOver: () => boolean): Promise<boolean> {
    await this.#storage.call('openSource', [handle, { held: [], sources: [], codecs: [] }])
    const found = await this.#storage.call('sourceNodes', [handle, want.level, want.indexes])
    if (isOver()) return true
    for (const { level, index, nodes } of found ?? []) {
      this.#channel.send({
        type: nodesMessage.type,
        transfer: this.#transfer,
        level,
        index,
        nodes: nodes.map(({ byteLength, hash }) => ({ bytes: byteLength, hash })),
      })
    }
    return found !== undefined
  }
}
