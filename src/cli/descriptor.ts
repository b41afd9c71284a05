// Whole lines to a descriptor that whoever started us has opened. Knows no events.

import { fstatSync, readdirSync, readlinkSync, writeSync } from 'node:fs'
import { PfsError } from '../base/errors.ts'
import { errnoOf } from '../host/file.ts'

/** Throws PFS_USAGE where nothing was opened for us. */
export function descriptorWriter(descriptor: number): (line: string) => void {
  if (!isOpenForUs(descriptor)) {
    throw new PfsError('PFS_USAGE', `descriptor ${descriptor} is not open for writing`, {
      hint: `Open it for the command: pfs … --events-fd ${descriptor} ${descriptor}>events.ndjson`,
    })
  }
  let isGone = false
  return line => {
    if (isGone) return
    try {
      writeWhole(descriptor, Buffer.from(line))
    } catch (error) {
      // whoever read it is gone: a transfer goes on without
      if (errnoOf(error) !== 'EPIPE') throw error
      isGone = true
    }
  }
}

/** Node has descriptors of its own, and a line written into one of them would end the process. */
function isOpenForUs(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    const isStream = stats.isFIFO() || stats.isSocket() || stats.isFile() || stats.isCharacterDevice()
    if (!isStream || isOwnPipe(descriptor)) return false
    writeSync(descriptor, new Uint8Array(0))
    return true
  } catch {
    return false
  }
}

/** Both ends in this process: what was opened for us has its other end elsewhere. Linux alone can tell. */
function isOwnPipe(descriptor: number): boolean {
  const folder = '/proc/self/fd'
  const target = (name: string): string | undefined => {
    try {
      return readlinkSync(`${folder}/${name}`)
    } catch {
      return undefined
    }
  }
  const own = target(String(descriptor))
  if (!own?.startsWith('pipe:')) return false
  // what a shell has made 1 and 3 alike is for us
  const others = readdirSync(folder).filter(name => Number(name) > 2 && Number(name) !== descriptor)
  return others.some(name => target(name) === own)
}

/** A descriptor that does not block is asked again: half a line would be worth less than none. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, pauseMillis)
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))
const pauseMillis = 5
