// One line per datagram for people who replay a seed: when, from whom to whom, what kind, which number, how long.

import { readU32 } from '../src/base/bytes.ts'
import type { Micros } from '../src/base/units.ts'
import { numberAt, packetTypes, pathAt } from '../src/wire/packet.ts'
import type { Node } from './node.ts'

const names = new Map<number, string>(
  Object.entries(packetTypes).map(([name, type]) => [type, name.toUpperCase()]),
)

export function describe(datagram: Uint8Array): string {
  const type = datagram[0] ?? 0
  const isSealed = type >= packetTypes.frames && type <= packetTypes.data + 1
  // FRAMES and DATA carry the key phase in their low bit
  const name = names.get(isSealed ? type & ~1 : type) ?? `type ${type}`
  if (!isSealed || datagram.length < numberAt + 4) return `${name}, ${datagram.length} bytes`
  const path = datagram[pathAt] === 0 ? '' : `${datagram[pathAt]}/`
  return `${name} ${path}${readU32(datagram, numberAt)} phase ${type & 1}, ${datagram.length} bytes`
}

export function traceLine(now: Micros, from: Node, to: Node, datagram: Uint8Array): string {
  return `${(now / 1e6).toFixed(6).padStart(12)}  ${from.name} -> ${to.name}: ${describe(datagram)}`
}
