// What a peer may choose in a manifest, and how far we go along. PROTOCOL.md §13.6-1, §13.6-2

import { GiB } from '../../base/units.ts'

export const manifestBytesMax = 1 * GiB

/** Each costs some 16 bytes beside its own: 64 MiB for the most there can be. */
export const entriesMax = 2 ** 22

/** NAME_MAX and PATH_MAX of Linux, without the zero at the end. */
export const nameBytesMax = 255
export const pathBytesMax = 4095
export const linkTextBytesMax = 4095
