// What each side declares inside the handshake, and the frames that ride behind it: the payload of a Noise message.
// PROTOCOL.md §5.
//
//   { Parameter Count (i), { Id (i), Length (i), Value (..) } …, Frames (..) }
//
// Knows the bounds of each parameter, not what they mean. To add one: a row.

import { Reader, varintSize, Writer } from '../base/bytes.ts'
import { GiB, KiB, MiB } from '../base/units.ts'
import type { Violation } from './codes.ts'
import { datagramBytesMax, pathDatagramBytes, pathsMax } from './limits.ts'
import { connectionIdBytes } from './packet.ts'

export interface Parameters {
  readonly datagramBytesMax: number
  readonly idleTimeoutMillis: number
  /** Initial limits for what the declaring side receives. */
  readonly connectionWindowBytes: number
  readonly streamWindowBytes: number
  readonly streamsMax: number
  /** 1: sees and sets the ECN field, and takes ACK_ECN. §10.1-1 */
  readonly ecn: number
  /** Paths the declaring side takes. §4.3 */
  readonly pathsMax: number
}

interface ParameterRow {
  readonly id: number
  readonly least: number
  readonly most: number
  readonly initial: number
}

/** The table of §5; `initial` holds when the parameter is absent. */
export const parameterTable = {
  datagramBytesMax: { id: 1, least: pathDatagramBytes, most: datagramBytesMax, initial: pathDatagramBytes },
  idleTimeoutMillis: { id: 2, least: 1_000, most: 600_000, initial: 30_000 },
  connectionWindowBytes: { id: 3, least: 0, most: GiB, initial: MiB },
  streamWindowBytes: { id: 4, least: 0, most: GiB, initial: 256 * KiB },
  streamsMax: { id: 5, least: 1, most: 256, initial: 16 },
  ecn: { id: 8, least: 0, most: 1, initial: 0 },
  pathsMax: { id: 9, least: 1, most: pathsMax, initial: 1 },
} as const satisfies Record<keyof Parameters, ParameterRow>

const suiteId = 6
const connectionIdId = 7
const rows = Object.entries(parameterTable) as [keyof Parameters, ParameterRow][]
const rowById = new Map(rows.map(row => [row[1].id, row]))

export interface HandshakePayload {
  readonly parameters: Parameters
  /** The suite a REPLY chose. */
  readonly suite: number | undefined
  /** The Source Id of a REPLY, said again where it is authenticated (§5-14); a view. */
  readonly connectionId: Uint8Array | undefined
  /** A view: decode with decodeHandshakeFrames. */
  readonly frames: Uint8Array
}

export const defaultParameters = Object.fromEntries(
  rows.map(([name, row]) => [name, row.initial]),
) as unknown as Parameters

/** Parameters at their initial value are left out. `suite` and `connectionId` belong in a REPLY and nowhere else. */
export function encodePayload(
  parameters: Parameters,
  suite: number | undefined,
  frames: Uint8Array,
  connectionId?: Uint8Array,
): Uint8Array {
  const said = rows.filter(([name, row]) => parameters[name] !== row.initial)
  const w = new Writer(new Uint8Array(1 + 10 * said.length + 3 + 10 + frames.length))
  w.varint(said.length + (suite === undefined ? 0 : 1) + (connectionId === undefined ? 0 : 1))
  for (const [name, row] of said) {
    w.varint(row.id)
    w.varint(varintSize(parameters[name]))
    w.varint(parameters[name])
  }
  if (suite !== undefined) for (const byte of [suiteId, 1, suite]) w.u8(byte)
  if (connectionId !== undefined) {
    for (const byte of [connectionIdId, connectionIdBytes]) w.u8(byte)
    w.bytes(connectionId)
  }
  w.bytes(frames)
  return w.written()
}

/** @param offered the suites of our INIT when this is the payload of a REPLY to it; a suite is then due (§5-11) */
export function decodePayload(payload: Uint8Array, offered?: Uint8Array): HandshakePayload | Violation {
  const r = new Reader(payload)
  const parameters: Record<keyof Parameters, number> = { ...defaultParameters }
  const seen = new Set<number>()
  let suite: number | undefined
  let connectionId: Uint8Array | undefined
  for (let left = r.varint(); left > 0 && !r.failed; left--) {
    const id = r.varint()
    const value = new Reader(r.bytes(r.varint()))
    const row = rowById.get(id)
    if (row === undefined && id !== suiteId && id !== connectionIdId) continue
    if (seen.has(id)) return malformed('a parameter sent twice')
    seen.add(id)
    if (id === connectionIdId) connectionId = value.bytes(connectionIdBytes)
    const number = row ? value.varint() : id === suiteId ? value.u8() : 0
    if (r.failed || value.failed || value.left > 0) return malformed('a parameter of the wrong length')
    if (row) {
      if (number < row[1].least || number > row[1].most) return malformed(`${row[0]} out of bounds`)
      parameters[row[0]] = number
    } else if (id === suiteId) {
      suite = number
    }
  }
  if (r.failed) return malformed('parameters run past the end')
  if (offered ? suite === undefined || !offered.includes(suite) : suite !== undefined) {
    return malformed('a suite that was not offered')
  }
  return { parameters, suite, connectionId, frames: r.rest() }
}

function malformed(reason: string): Violation {
  return { code: 'PARAMETER_ERROR', frameType: 0, reason }
}
