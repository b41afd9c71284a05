// What a peer may choose in a manifest, and how far we go along. PROTOCOL.md §13.6-1, §13.6-2

import { MiB } from '../../base/units.ts'

/** Held in memory by whoever builds the tree. */
export const manifestBytesMax = 64 * MiB

/** Each costs some 80 bytes beside its own while a tree is compared with what is there. */
export const entriesMax = 2 ** 20

/** NAME_MAX and PATH_MAX of Linux, without the zero at the end. */
export const nameBytesMax = 255
export const pathBytesMax = 4095
export const linkTextBytesMax = 4095

/** Holes told of one file: an entry is decoded whole. A file with more is sent as one whose holes nobody knows. */
export const holesMax = 2 ** 12
