// Brings a caller's stream to the storage that sends it, piece by piece, as fast as it is taken. Knows neither whose stream
// it is nor what becomes of it.

import { PfsError } from '../base/errors.ts'
import { MiB } from '../base/units.ts'
import type { StorageThread } from './storage/thread.ts'

/** A piece that crosses to the storage at once; greater ones are cut. */
const pieceBytesMax = MiB

/**
 * Resolves when all of it was taken, or nobody wants more.
 * @param isWanted false once the transfer is over
 */
export async function feedStream(
  storage: StorageThread,
  handle: number,
  chunks: AsyncIterable<Uint8Array>,
  isWanted: () => boolean,
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream of something else than bytes')
      for (let at = 0; at < chunk.length; at += pieceBytesMax) {
        if (!isWanted()) return
        await storage.call('feedSource', [handle, chunk.subarray(at, at + pieceBytesMax)])
      }
    }
  } catch (error) {
    if (error instanceof PfsError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PfsError('PFS_READ', why, { cause: error })
  }
  if (isWanted()) await storage.call('feedSource', [handle, undefined])
}
