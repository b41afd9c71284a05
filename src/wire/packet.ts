// The clear part of a datagram: what may be read before anything is authentic. PROTOCOL.md §4.
//
// parsePacket sorts an untrusted datagram into a union of views; undefined means drop it. Knows no keys: what a
// sealed part holds is for crypto and the data plane, and nothing said here counts before a tag verifies (§4-8).
//
//   INIT    { Type (8) = 0x01, Version (32), Source Id (64), Pattern (8), Suite Count (8), Suite (8) …, Noise (..) }
//   REPLY   { Type (8) = 0x02, Version (32), Destination Id (64), Source Id (64), Pattern (8), Noise (..) }
//   FINISH  { Type (8) = 0x03, Version (32), Destination Id (64), Noise (..) }
//   VERSION { Type (8) = 0x04, Destination Id (64), Count (8), Version (32) … }
//   COOKIE  { Type (8) = 0x05, Destination Id (64), Cookie (128) }
//   COOKIED { Type (8) = 0x06, Cookie (128), Init (..) }
//   FRAMES  { Type (8) = 0x40 | phase, Destination Id (64), Path (8), Number (32), Sealed (..), Tag (128) }
//   DATA    { Type (8) = 0x42 | phase, Destination Id (64), Path (8), Number (32), Sealed (..), Tag (128) }

import { assert } from '../base/assert.ts'
import { Reader, readU32, Writer, writeU32 } from '../base/bytes.ts'
import { datagramBytesMax, literalOffsetMax, pathDatagramBytes, pathsMax } from './limits.ts'

export const protocolVersion = 1
/** What a VERSION lists when the version is spoken and none of the suites is: no version of this protocol. §4-5 */
export const noSuiteVersion = 0
export const packetTypes = {
  init: 0x01,
  reply: 0x02,
  finish: 0x03,
  version: 0x04,
  cookie: 0x05,
  cookied: 0x06,
  frames: 0x40,
  data: 0x42,
} as const

export const connectionIdBytes = 8
export const packetTagBytes = 16
/** Type, Destination Id, Path and Number: the clear header of FRAMES and DATA, which the seal covers. */
export const sealedHeaderBytes = 14
/** Stream and Offset: the first sealed bytes of DATA. */
export const dataPrefixBytes = 8
/** INIT without its suites and its Noise message. */
export const initHeaderBytes = 15
export const replyHeaderBytes = 22
export const finishHeaderBytes = 13
export const cookieBytes = 16
/** COOKIED before its INIT. */
export const cookiedHeaderBytes = 1 + cookieBytes
/** As an initiator makes it: a cookie may come to stand before it. §4-11 */
export const initBytesMax = pathDatagramBytes - cookiedHeaderBytes

/** Where fields of FRAMES and DATA stand, for those who read them packet by packet. */
export const destinationAt = 1
export const pathAt = 9
/** And of INIT. */
const sourceAt = 5
export const numberAt = 10

/** By their number on the wire. */
export const handshakePatterns = ['IK', 'XX', 'IKpsk2', 'XXpsk3', 'XXfallback'] as const
export type HandshakePattern = (typeof handshakePatterns)[number]

export interface InitPacket {
  readonly kind: 'init'
  readonly source: Uint8Array
  readonly pattern: HandshakePattern
  /** One byte each, as the initiator prefers them. */
  readonly suites: Uint8Array
  readonly noise: Uint8Array
}
/** An INIT of a version we do not speak: all of it that every version has in common (§4-5). */
export interface ForeignPacket {
  readonly kind: 'foreign'
  readonly version: number
  readonly source: Uint8Array
}
export interface ReplyPacket {
  readonly kind: 'reply'
  readonly destination: Uint8Array
  readonly source: Uint8Array
  readonly pattern: HandshakePattern
  readonly noise: Uint8Array
}
export interface FinishPacket {
  readonly kind: 'finish'
  readonly destination: Uint8Array
  readonly noise: Uint8Array
}
export interface VersionPacket {
  readonly kind: 'version'
  readonly destination: Uint8Array
  readonly versions: readonly number[]
}
export interface CookiePacket {
  readonly kind: 'cookie'
  readonly destination: Uint8Array
  readonly cookie: Uint8Array
}
export interface CookiedPacket {
  readonly kind: 'cookied'
  readonly cookie: Uint8Array
  readonly init: InitPacket
  /** The INIT as it came, or would have come alone. */
  readonly initBytes: Uint8Array
}
/** FRAMES or DATA. The datagram itself goes to the plane, which opens it in place. */
export interface SealedPacket {
  readonly kind: 'frames' | 'data'
  readonly phase: number
  readonly destination: Uint8Array
  readonly path: number
  /** The low 32 bits of the packet number; crypto/packet_number.ts puts the rest back. */
  readonly numberLow: number
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array
}
export type Packet =
  | InitPacket
  | ForeignPacket
  | ReplyPacket
  | FinishPacket
  | VersionPacket
  | CookiePacket
  | CookiedPacket
  | SealedPacket

/** Views into the datagram. undefined: malformed, drop and count it (§4-2, §4-3, §4-4). */
export function parsePacket(datagram: Uint8Array): Packet | undefined {
  if (datagram.length === 0 || datagram.length > datagramBytesMax) return undefined
  const r = new Reader(datagram)
  const type = r.u8()
  switch (type) {
    case packetTypes.init:
      return parseInit(r, datagram.length)
    case packetTypes.reply:
      return parseReply(r)
    case packetTypes.finish:
      return parseFinish(r)
    case packetTypes.version:
      return parseVersion(r)
    case packetTypes.cookie:
      return parseCookie(r)
    case packetTypes.cookied:
      return parseCookied(datagram)
    case packetTypes.frames:
    case packetTypes.frames + 1:
      return parseSealed(r, 'frames', type & 1)
    case packetTypes.data:
    case packetTypes.data + 1:
      return parseSealed(r, 'data', type & 1)
    default:
      return undefined
  }
}

function parseInit(r: Reader, datagramBytes: number): InitPacket | ForeignPacket | undefined {
  const version = r.u32()
  const source = r.bytes(connectionIdBytes)
  if (r.failed) return undefined
  // what follows belongs to that version, its size limit included
  if (version !== protocolVersion) return { kind: 'foreign', version, source }
  if (datagramBytes > pathDatagramBytes) return undefined
  const pattern = handshakePatterns[r.u8()]
  const suites = r.bytes(r.u8())
  if (r.failed || suites.length === 0 || pattern === undefined || pattern === 'XXfallback') return undefined
  return { kind: 'init', source, pattern, suites, noise: r.rest() }
}

function parseReply(r: Reader): ReplyPacket | undefined {
  const version = r.u32()
  const destination = r.bytes(connectionIdBytes)
  const source = r.bytes(connectionIdBytes)
  const pattern = handshakePatterns[r.u8()]
  if (r.failed || version !== protocolVersion || pattern === undefined) return undefined
  return { kind: 'reply', destination, source, pattern, noise: r.rest() }
}

function parseFinish(r: Reader): FinishPacket | undefined {
  const version = r.u32()
  const destination = r.bytes(connectionIdBytes)
  if (r.failed || version !== protocolVersion) return undefined
  return { kind: 'finish', destination, noise: r.rest() }
}

function parseVersion(r: Reader): VersionPacket | undefined {
  const destination = r.bytes(connectionIdBytes)
  const count = r.u8()
  if (r.failed || count === 0 || r.left !== 4 * count) return undefined
  return { kind: 'version', destination, versions: Array.from({ length: count }, () => r.u32()) }
}

function parseCookie(r: Reader): CookiePacket | undefined {
  const destination = r.bytes(connectionIdBytes)
  const cookie = r.bytes(cookieBytes)
  return r.failed || r.left > 0 ? undefined : { kind: 'cookie', destination, cookie }
}

/** §4-11 */
function parseCookied(datagram: Uint8Array): CookiedPacket | undefined {
  if (datagram.length > pathDatagramBytes || datagram[cookiedHeaderBytes] !== packetTypes.init)
    return undefined
  const initBytes = datagram.subarray(cookiedHeaderBytes)
  const init = parseInit(new Reader(initBytes.subarray(1)), initBytes.length)
  if (init?.kind !== 'init') return undefined
  return { kind: 'cookied', cookie: datagram.subarray(1, cookiedHeaderBytes), init, initBytes }
}

function parseSealed(r: Reader, kind: SealedPacket['kind'], phase: number): SealedPacket | undefined {
  const destination = r.bytes(connectionIdBytes)
  const path = r.u8()
  const numberLow = r.u32()
  const least = packetTagBytes + (kind === 'data' ? dataPrefixBytes : 0)
  if (r.failed || path >= pathsMax || r.left < least) return undefined
  return { kind, phase, destination, path, numberLow, sealed: r.rest() }
}

/** The whole datagram. */
export function writeInit(packet: Omit<InitPacket, 'kind'>): Uint8Array {
  const w = new Writer(new Uint8Array(initHeaderBytes + packet.suites.length + packet.noise.length))
  w.u8(packetTypes.init)
  w.u32(protocolVersion)
  w.bytes(packet.source)
  w.u8(handshakePatterns.indexOf(packet.pattern))
  w.u8(packet.suites.length)
  w.bytes(packet.suites)
  w.bytes(packet.noise)
  assert(w.position <= pathDatagramBytes, 'an INIT fits every path (§4-9)')
  return w.written()
}

export function writeReply(packet: Omit<ReplyPacket, 'kind'>): Uint8Array {
  const w = new Writer(new Uint8Array(replyHeaderBytes + packet.noise.length))
  w.u8(packetTypes.reply)
  w.u32(protocolVersion)
  w.bytes(packet.destination)
  w.bytes(packet.source)
  w.u8(handshakePatterns.indexOf(packet.pattern))
  w.bytes(packet.noise)
  return w.written()
}

export function writeFinish(packet: Omit<FinishPacket, 'kind'>): Uint8Array {
  const w = new Writer(new Uint8Array(finishHeaderBytes + packet.noise.length))
  w.u8(packetTypes.finish)
  w.u32(protocolVersion)
  w.bytes(packet.destination)
  w.bytes(packet.noise)
  return w.written()
}

/** The answer to a foreign INIT; undefined when it would be larger than that INIT (§4-5). */
export function writeVersion(packet: Omit<VersionPacket, 'kind'>, initBytes: number): Uint8Array | undefined {
  const bytes = 2 + connectionIdBytes + 4 * packet.versions.length
  if (bytes > initBytes) return undefined
  const w = new Writer(new Uint8Array(bytes))
  w.u8(packetTypes.version)
  w.bytes(packet.destination)
  w.u8(packet.versions.length)
  for (const version of packet.versions) w.u32(version)
  return w.written()
}

/** The answer to an INIT; undefined when it would be larger than what it answers (§5-17). */
export function writeCookie(packet: Omit<CookiePacket, 'kind'>, initBytes: number): Uint8Array | undefined {
  const bytes = 1 + connectionIdBytes + cookieBytes
  if (bytes > initBytes) return undefined
  const w = new Writer(new Uint8Array(bytes))
  w.u8(packetTypes.cookie)
  w.bytes(packet.destination)
  w.bytes(packet.cookie)
  return w.written()
}

export function writeCookied(packet: Pick<CookiedPacket, 'cookie' | 'initBytes'>): Uint8Array {
  const w = new Writer(new Uint8Array(cookiedHeaderBytes + packet.initBytes.length))
  w.u8(packetTypes.cookied)
  w.bytes(packet.cookie)
  w.bytes(packet.initBytes)
  assert(w.position <= pathDatagramBytes, 'an INIT leaves room for a cookie (§4-11)')
  return w.written()
}

/** Views of an INIT of this version, alone or behind a cookie, by its first bytes. Says nothing of what it is worth. */
export function initWithin(
  datagram: Uint8Array,
): { readonly source: Uint8Array; readonly cookie: Uint8Array | undefined } | undefined {
  const isCookied = datagram[0] === packetTypes.cookied
  const at = isCookied ? cookiedHeaderBytes : 0
  if (datagram[at] !== packetTypes.init || datagram.length < at + initHeaderBytes) return undefined
  if (datagram.length > pathDatagramBytes || readU32(datagram, at + 1) !== protocolVersion) return undefined
  const source = datagram.subarray(at + sourceAt, at + sourceAt + connectionIdBytes)
  return { source, cookie: isCookied ? datagram.subarray(1, cookiedHeaderBytes) : undefined }
}

/** Whether it is FRAMES or DATA, by its first byte, and names this connection. Says nothing of what it is worth. */
export function isSealedFor(datagram: Uint8Array, id: Uint8Array): boolean {
  if (!isSealedPacket(datagram)) return false
  for (let i = 0; i < connectionIdBytes; i++) if (datagram[destinationAt + i] !== id[i]) return false
  return true
}

export function isSealedPacket(datagram: Uint8Array): boolean {
  if (datagram.length < destinationAt + connectionIdBytes) return false
  const type = datagram[0]! & 0xfe
  return type === packetTypes.frames || type === packetTypes.data
}

/** Puts the clear header of FRAMES or DATA in front of `target`. */
export function writeSealedHeader(
  target: Uint8Array,
  kind: SealedPacket['kind'],
  phase: number,
  destination: Uint8Array,
  packetNumber: number,
  path = 0,
): void {
  target[0] = packetTypes[kind] | (phase & 1)
  target.set(destination, destinationAt)
  target[pathAt] = path
  writeU32(target, numberAt, packetNumber % 2 ** 32)
}

/** The first sealed bytes of DATA. */
export function writeDataPrefix(target: Uint8Array, at: number, stream: number, offset: number): void {
  const w = new Writer(target, at)
  w.u16(stream)
  w.u48(offset)
}

export interface DataRange {
  readonly stream: number
  readonly offset: number
  readonly bytes: Uint8Array
}

/** The opened part of DATA; undefined when it carries nothing or reaches past 2^48 (§4-7). */
export function parseData(opened: Uint8Array): DataRange | undefined {
  const r = new Reader(opened)
  const stream = r.u16()
  const offset = r.u48()
  const bytes = r.rest()
  if (bytes.length === 0 || offset + bytes.length > literalOffsetMax) return undefined
  return { stream, offset, bytes }
}

/** What both sides mix into the handshake, so that changing the clear part of an INIT breaks it. §5 */
export function prologue(suites: Uint8Array): Uint8Array {
  const w = new Writer(new Uint8Array(9 + suites.length))
  w.bytes(Uint8Array.of(0x70, 0x66, 0x73, 0x00))
  w.u32(protocolVersion)
  w.u8(suites.length)
  w.bytes(suites)
  return w.written()
}
