// What a program may import: the same functions the command is made of. Re-exports only.

export { failures, type PfsCode, PfsError } from './base/errors.ts'
export { Pool } from './pool/pool.ts'
export { type Directories, directories } from './transfer/directories.ts'
export type {
  CommonOptions,
  ReceiveOptions,
  SendOptions,
  Stranger,
  SyncOptions,
  SyncSummary,
  TransferEvent,
  TransferSummary,
} from './transfer/events.ts'
export { receive, send, syncPools } from './transfer/session.ts'
