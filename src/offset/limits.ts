// What a peer may choose in a program, and how far we go along. Knows no bytes. PROTOCOL.md §14, §16

import { KiB, MiB } from '../base/units.ts'
import { blobBytesMax } from '../cut/limits.ts'

/** Positions and lengths of outputs and sources: no blob is larger. */
export const positionMax = blobBytesMax

/** A block as it travels, after its length: what a receiver buffers before it can decode. */
export const blockBytesMax = 64 * KiB

/** The ops of a block after decompression; opsPerBlockMax ops of the longest kind are 100 KiB. */
export const blockRawBytesMax = 256 * KiB

/** Ops of one block: what one decoded block may cost in memory, whatever it was compressed to. */
export const opsPerBlockMax = 4096

/** Below this the frame of zstd costs more than it saves. */
export const opsToCompressMin = 64

/** One compressed literal, before compression: what the receiver must hold to undo it. */
export const literalBlockBytesMax = 256 * KiB

/** Candidate chunks one plan looks among: about 64 GiB of old content, 40 MB of table. The rest is not seen. */
export const candidateChunksMax = 2 ** 21

/** Separate output ranges a player keeps track of. A plan goes upward and makes as many as there are held ranges. */
export const outputRangesMax = 16384

/** COPYs a MiB of literals is broken up by, at most: one for each KiB, and two a literal. Of more the shortest stay literal. */
export const extensionsPerMiBMax = 1024

/** Literals that are compared with the old bytes behind the last copy and have nothing of them: then it is over. */
export const missedBytesMax = MiB
