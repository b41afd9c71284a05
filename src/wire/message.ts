// THE TABLE of control messages, and the one place where their bytes become values. PROTOCOL.md §15.1.
//
//   Message { Length (32), Body (Length) }     on the control stream; Body is one MessagePack map
//
// To add a message: a file in messages/, a row here, a section in §15, vectors. Whatever the bytes, nothing here throws:
// the scan refuses what msgpackr could stumble over, and the fields refuse what is not the message.

import { Packr, Unpackr } from 'msgpackr/index-no-eval'
import { assert } from '../base/assert.ts'
import { writeU32 } from '../base/bytes.ts'
import { isViolation, type Violation } from './codes.ts'
import { messageBytesMax } from './limits.ts'
import type { Slot, Slots } from './message_fields.ts'
import { isOurMessagePack } from './message_scan.ts'
import * as answer from './messages/answer.ts'
import * as done from './messages/done.ts'
import * as end from './messages/end.ts'
import * as hold from './messages/hold.ts'
import * as miss from './messages/miss.ts'
import * as nodes from './messages/nodes.ts'
import * as offer from './messages/offer.ts'
import * as refuse from './messages/refuse.ts'
import * as syncEnd from './messages/sync_end.ts'
import * as syncList from './messages/sync_list.ts'
import * as syncWant from './messages/sync_want.ts'
import * as want from './messages/want.ts'

export type Message =
  | offer.Offer
  | answer.Answer
  | refuse.Refuse
  | end.End
  | miss.Miss
  | nodes.Nodes
  | want.Want
  | done.Done
  | hold.Hold
  | syncList.SyncList
  | syncWant.SyncWant
  | syncEnd.SyncEnd

export type MessageType = Message['type']

interface MessageRow<M> {
  readonly name: string
  readonly slots: Slots<M>
  /** What fields must be to one another. */
  readonly isConsistent?: (message: M) => boolean
}

/** By type. A missing row does not compile. */
export const messageTable: {
  readonly [T in MessageType]: MessageRow<Extract<Message, { readonly type: T }>>
} = {
  [offer.type]: { name: 'OFFER', slots: offer.slots, isConsistent: offer.isConsistent },
  [answer.type]: { name: 'ANSWER', slots: answer.slots },
  [refuse.type]: { name: 'REFUSE', slots: refuse.slots },
  [end.type]: { name: 'END', slots: end.slots },
  [miss.type]: { name: 'MISS', slots: miss.slots },
  [nodes.type]: { name: 'NODES', slots: nodes.slots },
  [want.type]: { name: 'WANT', slots: want.slots },
  [done.type]: { name: 'DONE', slots: done.slots, isConsistent: done.isConsistent },
  [hold.type]: { name: 'HOLD', slots: hold.slots },
  [syncList.type]: { name: 'SYNC_LIST', slots: syncList.slots },
  [syncWant.type]: { name: 'SYNC_WANT', slots: syncWant.slots },
  [syncEnd.type]: { name: 'SYNC_END', slots: syncEnd.slots },
}

/** The key under which every message says its type. */
const typeKey = 0
export const lengthBytes = 4

interface UntypedRow {
  readonly name: string
  readonly slots: readonly (readonly [string, Slot<unknown>])[]
  readonly isConsistent: (message: never) => boolean
}

const rows = new Map<unknown, UntypedRow>()
for (const [type, { name, slots, isConsistent = () => true }] of Object.entries(messageTable)) {
  const entries = Object.entries(slots) as [string, Slot<unknown>][]
  rows.set(Number(type), { name, slots: entries, isConsistent })
}

// copyBuffers: a message owns its bytes, for it outlives the window it came through
const options = { useRecords: false, mapsAsObjects: false, int64AsType: 'number', copyBuffers: true } as const
const packr = new Packr(options)
const unpackr = new Unpackr(options)

/** Length and body, ready for the control stream. A message that breaks a rule of its own is our bug. */
export function encodeMessage(message: Message): Uint8Array {
  const row = rows.get(message.type)
  assert(row !== undefined, 'a message of the table')
  const map = new Map<number, unknown>([[typeKey, message.type]])
  for (const [name, slot] of row.slots) {
    const value = (message as unknown as Record<string, unknown>)[name]
    if (value === undefined && slot.isOptional) continue
    map.set(slot.key, slot.field.write(value))
  }
  const body = packr.pack(map)
  const own = decodeMessage(body)
  assert(
    !isViolation(own),
    `${row.name} that we would refuse ourselves: ${isViolation(own) ? own.reason : ''}`,
  )
  const whole = new Uint8Array(lengthBytes + body.length)
  writeU32(whole, 0, body.length)
  whole.set(body, lengthBytes)
  return whole
}

/** One body; what breaks a rule of §15.1 or of the message's own table comes back as a violation (§15.1-1). */
export function decodeMessage(body: Uint8Array): Message | Violation {
  if (body.length > messageBytesMax) return malformed('a message too long')
  if (!isOurMessagePack(body)) return malformed('a message that is not our MessagePack')
  let map: unknown
  try {
    map = unpackr.unpack(body)
  } catch {
    return malformed('a message that does not unpack')
  }
  if (!(map instanceof Map)) return malformed('a message that is no map')
  const type: unknown = map.get(typeKey)
  const row = rows.get(type)
  if (row === undefined) return malformed('a message of unknown type')
  const made: Record<string, unknown> = { type }
  let used = 1
  for (const [name, slot] of row.slots) {
    if (!map.has(slot.key)) {
      if (slot.isOptional) continue
      return malformed(`${row.name} without ${name}`)
    }
    const value = slot.field.read(map.get(slot.key))
    if (value === undefined) return malformed(`${row.name} with a wrong ${name}`)
    made[name] = value
    used++
  }
  if (used !== map.size) return malformed(`${row.name} with an unknown field`)
  if (!row.isConsistent(made as never)) return malformed(`${row.name} with fields that do not go together`)
  return made as unknown as Message
}

function malformed(reason: string): Violation {
  return { code: 'MESSAGE_ERROR', frameType: 0, reason }
}
