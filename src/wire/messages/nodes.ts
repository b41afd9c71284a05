// NODES: the children of one node of the object's tree, for finding the range that is wrong. PROTOCOL.md §15.7

import { contentBytesMax, nodesMax, topLevel } from '../limits.ts'
import { at, bytes, count, list, type Slots, size, tuple } from '../message_fields.ts'
import { some, transferId } from './kinds.ts'

export const type = 6

export interface NodeChild {
  /** How many bytes of the object are below it. */
  readonly bytes: number
  readonly hash: Uint8Array
}

export interface Nodes {
  readonly type: typeof type
  readonly transfer: Uint8Array
  /** The node whose children these are: its level, and its place there. At level 0 its children are chunks. */
  readonly level: number
  readonly index: number
  readonly nodes: readonly NodeChild[]
}

export const slots: Slots<Nodes> = {
  transfer: at(1, transferId),
  level: at(2, count(topLevel - 1)),
  index: at(3, count(contentBytesMax)),
  nodes: at(4, some(list(tuple<NodeChild>({ bytes: size, hash: bytes(32) }), nodesMax))),
}
