// How much the kernel is asked to hold for a UDP socket, each way: what an implementation wants, or what the user says
// by PFS_UDP_BUFFER_BYTES. Knows no socket: what the kernel grants, its reader says.

import { PfsError } from '../base/errors.ts'

/** Less does not hold one train of datagrams; more is a mistyped number, and memory of the kernel's. */
const bufferBytesLeast = 64 * 1024
const bufferBytesMost = 64 * 1024 * 1024

/** @param wantedBytes where the user says nothing */
export function askedBufferBytes(
  wantedBytes: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const said = environment.PFS_UDP_BUFFER_BYTES ?? ''
  if (said === '') return wantedBytes
  const bytes = /^\d+$/.test(said) ? Number(said) : Number.NaN
  if (bytes >= bufferBytesLeast && bytes <= bufferBytesMost) return bytes
  throw new PfsError('PFS_USAGE', `PFS_UDP_BUFFER_BYTES is ${said}`, {
    hint: `Set it to a number of bytes from ${bufferBytesLeast} to ${bufferBytesMost}, or not at all.`,
  })
}
