// What a program may import from 'packetfs/net': the encrypted transport alone, without pool and transfers. Re-exports only.

export { failures, type PfsCode, PfsError, type PfsErrorOptions } from '../base/errors.ts'
export type { ConnectionStats, Limiter } from '../proto/stats.ts'
export type { Diagnosis } from './diagnosis.ts'
export type {
  CloseCode,
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
export { connect, createIdentity, listen } from './embed/open.ts'
