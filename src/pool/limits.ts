// Every bound and size of the pool, with its reason. Those of the disk format are part of it: changing one is a
// new format version.

import { GiB, KiB, MiB } from '../base/units.ts'
import { recipeChunksMax } from '../cut/limits.ts'

// -- the disk format

/** Of pool.json and of the record header. */
export const formatVersion = 1

/** A record's payload. A full recipe part (576 KiB) is the greatest there is; a scanner need never hold more. */
export const recordBytesMax = 1 * MiB

/** Entries of one recipe part: 576 KiB, half a gigabyte of content. Bounds what a reader or writer holds. */
export const partEntries = 16_384

/** Recipe parts one blob commit record can name. */
export const partsMax = recipeChunksMax / partEntries

/** A path in an extent record: PATH_MAX of Linux. */
export const pathBytesMax = 4_096

// -- our own choices

/** A segment is sealed at the commit after it reaches this. Small enough to evict by, large enough to stream. */
export const segmentBytesTarget = 64 * MiB

/** Appended records gather here before a write: 1 MiB writes are as fast as greater ones. */
export const gatherBytes = 1 * MiB

/** Pending appends that force a commit: what a crash may cost to learn again, and the memory it is held in. */
export const commitBytes = 64 * MiB

/** Age of the oldest pending append that forces a commit at the next one. */
export const commitMillis = 250

/** Space a transaction may need. Without it a commit fails cleanly, before LMDB meets a full disk. */
export const indexReserveBytes = 4 * MiB

/** And for each entry of a random key: two pages written anew. */
export const indexEntryReserveBytes = 8 * KiB

/** Descriptors of segments and extents kept open for reading. */
export const openFilesMax = 32

/** Recipe parts a reader keeps: sequential reading and a second place to compare with. */
export const cachedParts = 3

/** Damaged places a report lists one by one; more are counted only. */
export const listedDamageMax = 1_000

/** A segment without a readable head is another process's newborn until it is this old. */
export const newbornMillis = 60_000

/** A stat cache row is believed only if the file was last written this long before the scan began. */
export const racyNanos = 2_000_000_000n

/** Default quota: the smaller of this and a tenth of the disk. */
export const quotaBytesDefaultMax = 20 * GiB

/** `learn = auto` copies objects up to this share of the quota; greater ones would wash out the pool. */
export const copyShareOfQuota = 1 / 4

/** One read of a scan: large enough to hide the call, small enough for the second-level cache. */
export const scanReadBytes = 1 * MiB
