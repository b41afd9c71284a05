// What a program may import from 'packetfs': the same work the command does, with what may be left out filled in. Re-exports
// only. The transport alone is 'packetfs/net'.

export { failures, type PfsCode, PfsError, type PfsErrorOptions } from './base/errors.ts'
export type { SuiteName } from './crypto/suites.ts'
export {
  type ImportedFile,
  type OpenPool,
  type OpenPoolOptions,
  openPool,
  type PoolBlob,
  type PoolCheck,
  type PoolNumbers,
} from './library/pool.ts'
export { type ReceiveOptions, receive } from './library/receive.ts'
export { type SendOptions, send } from './library/send.ts'
export type { ByteSource } from './library/sources.ts'
export { type SyncOptions, syncPools } from './library/sync.ts'
export {
  createTicket,
  formatTicket,
  parseTicket,
  type TicketPlace,
  type TicketSecret,
} from './library/tickets.ts'
export { PartialTransferError, type Transfer, type TransferOptions } from './library/transfer.ts'
export { type Directories, directories } from './transfer/directories.ts'
export type {
  Conflict,
  ConflictPolicy,
  Congestion,
  Direction,
  Family,
  FileFailure,
  Phase,
  PlannedBytes,
  RateSchedule,
  SelectionRules,
  Stranger,
  SyncSummary,
  Ticket,
  TransferEvent,
  TransferSummary,
  Transport,
} from './transfer/events.ts'
export type { RateRule } from './transfer/rate_schedule.ts'
export type { ByteSink } from './transfer/sink.ts'
