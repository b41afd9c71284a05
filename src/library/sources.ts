// What a program may have its bytes in, as one thing to read from: a stream of Node's or of the Web, any async iterable, a
// Blob, bytes in memory. Copies nothing and reads nothing ahead. Knows no transfer.

import { PfsError } from '../base/errors.ts'

/**
 * Bytes from wherever a program has them. A Node `Readable` is an async iterable; one that was given an encoding yields
 * strings and is refused with PFS_READ. Bytes in memory must not change until the transfer has ended.
 */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | Uint8Array | Blob

/** @throws PfsError PFS_USAGE for anything else */
export function chunksOf(source: ByteSource): AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return once(source)
  if (source instanceof Blob) return read(source.stream())
  if (typeof source === 'object' && source !== null) {
    if ('getReader' in source) return read(source)
    if (Symbol.asyncIterator in source) return source
  }
  throw new PfsError('PFS_USAGE', 'a stream to send is a stream, an async iterable, a Blob or a Uint8Array')
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** By its reader: a stream of the Web that somebody else's library made need not be iterable. */
async function* read(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
