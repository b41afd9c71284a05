// A list of paths out of a file or standard input, for --files-from: a path to a line, or with a zero byte behind each.
// Paths stay bytes. Knows no tree.

import { createReadStream } from 'node:fs'
import { PfsError } from '../base/errors.ts'
import { MiB } from '../base/units.ts'
import { diskFault } from '../host/file.ts'

/** A million paths of middling length: more is a list by mistake. */
const listBytesMax = 256 * MiB

/**
 * Lines that are empty, or begin with `#`, are passed over; with `hasZeros` every byte but zero is of a path.
 * @param from a path, or `-`
 */
export async function readPathList(from: string, hasZeros: boolean): Promise<Uint8Array[]> {
  const bytes = await readList(from)
  const paths: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(hasZeros ? 0 : lineFeed, at)
    const end = found < 0 ? bytes.length : found
    const path = plain(bytes.subarray(at, end), hasZeros)
    if (path.length > 0) paths.push(path)
    at = end + 1
  }
  return paths
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const hash = 0x23
const slash = 0x2f

/** Without `./` before it and `/` behind it: as the walk names what is below a directory. */
function plain(line: Buffer, hasZeros: boolean): Uint8Array {
  let end = line.length
  if (!hasZeros && line[end - 1] === carriageReturn) end--
  if (!hasZeros && line[0] === hash) return line.subarray(0, 0)
  while (end > 1 && line[end - 1] === slash) end--
  const path = line.subarray(0, end)
  const relative = path.toString('latin1').replace(/^(?:\.\/+)+/, '')
  if (relative.startsWith('/') || relative.split('/').includes('..'))
    throw new PfsError('PFS_USAGE', `${path} is not below the directory that is sent`, {
      hint: 'Paths of --files-from are relative to the one directory that is named.',
    })
  return new Uint8Array(Buffer.from(relative.replace(/\/{2,}/g, '/'), 'latin1'))
}

async function readList(from: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let total = 0
  try {
    for await (const piece of from === '-' ? process.stdin : createReadStream(from)) {
      total += piece.length
      if (total > listBytesMax)
        throw new PfsError('PFS_USAGE', `the list in ${from} is longer than ${listBytesMax} bytes`)
      pieces.push(piece)
    }
  } catch (error) {
    if (error instanceof PfsError) throw error
    throw diskFault(error, 'PFS_READ', from)
  }
  return Buffer.concat(pieces, total)
}
