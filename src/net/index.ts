// What a program may import from 'packetfs/net': the encrypted transport alone, without pool and transfers. Re-exports only.

export { failures, type PfsCode, PfsError, type PfsErrorOptions } from '../base/errors.ts'
export type { Micros } from '../base/units.ts'
export type { EcnState } from '../proto/path/ecn.ts'
export type { DropReason } from '../proto/plane/plane.ts'
export type { ConnectionStats, Limiter } from '../proto/stats.ts'
export { type WireCodeName as CloseCode, wireCodes as closeCodes } from '../wire/codes.ts'
export type { Carrier, Transport } from './carrier.ts'
export type { Diagnosis } from './diagnosis.ts'
export type {
  Connection,
  ConnectOptions,
  Identity,
  IncomingStream,
  Listener,
  ListenOptions,
  LiteralIncoming,
  OrderedIncoming,
  OutgoingStream,
  Piece,
  TransportOptions,
} from './embed/faces.ts'
export { inOrder } from './embed/in_order.ts'
export { connect, createIdentity, listen } from './embed/open.ts'
