// The pieces of a literal stream as bytes in their order, for who wants bulk at its speed and still one byte after the other.
// Knows offsets; that what waits for an earlier piece stays within the stream's window is the link's care. PROTOCOL.md §8-6

import type { Piece } from './faces.ts'

/**
 * Reads a literal stream in order. Pieces that came early wait here: no more than the stream's window, 16 MiB at most.
 * @param pieces of a `LiteralIncoming`, none of which was read yet
 * @returns its bytes; cancelling it cancels the pieces
 */
export function inOrder(pieces: ReadableStream<Piece>): ReadableStream<Uint8Array> {
  const reader = pieces.getReader()
  const early = new Map<number, Uint8Array>()
  let next = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let bytes = early.get(next)
        while (!bytes) {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          early.set(value.offset, value.bytes)
          bytes = early.get(next)
        }
        early.delete(next)
        next += bytes.length
        controller.enqueue(bytes)
      },
      cancel: reason => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
