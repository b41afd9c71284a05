// Every bound of this folder, with its reason. PROTOCOL.md §4, §5, §7, §15.

/** Every path carries a datagram of this many bytes; an INIT is never larger. §4-9, §11-1 */
export const pathDatagramBytes = 1200

/** The largest datagram: a 9,000-byte frame's worth and room to round up; receive buffers have this size. §4-4 */
export const datagramBytesMax = 9216

/** Offsets on a literal stream end here: 256 TiB, what the 48-bit field of DATA can name. §4-7 */
export const literalOffsetMax = 2 ** 48

/** Pairs of one ACK beyond its first range: below 1,200 bytes even when every number takes 8. §7.3-1 */
export const ackPairsMax = 64

/** The words of a CLOSE are for people: a sentence or two. §7.10-1 */
export const reasonBytesMax = 256

/** Paths of one connection: Wi-Fi, a cable, a mobile network, and one to spare. §4.3 */
export const pathsMax = 4

/** Data of PATH_CHALLENGE and PATH_RESPONSE: 2^64 cannot be guessed. §7.12 */
export const pathDataBytes = 8

/** Bytes of one control message: 1,024 blobs of 44 bytes fit with room to spare. §15.1-2 */
export const messageBytesMax = 64 * 1024

/** Arrays inside arrays inside the map, as deep as any message goes; the scan's recursion ends here. §15.1-4 */
export const messageDepthMax = 3

/** Sizes and offsets of contents: the most bytes a recipe can hold. §15.1, §14.1-1 */
export const contentBytesMax = 2 ** 43

/** A file name as Linux, macOS and Windows can hold it. §15.2-1 */
export const nameBytesMax = 255

/** Blobs an OFFER may name as near; each costs the receiver one look-up. §15.2 */
export const candidatesMax = 16

/** Ranges in one ANSWER or MISS: 18 KB at the worst. Whoever has more tells the longest, the rest goes again. §15.3 */
export const rangesMax = 1024

/** Entries of a tree's manifest. §13.6-1 */
export const entriesMax = 2 ** 20

/** Runs of entries in one ANSWER: some ten thousand, and two such fit a message. §15.3 */
export const runsBytesMax = 24 * 1024

/** Failed entries one DONE names; more are only counted. §15.8 */
export const failedMax = 1024

/** Text of a REFUSE, for people. §15.4 */
export const textBytesMax = 256

/** Nodes in one NODES: a node has no more children. §15.7, §13.4 */
export const nodesMax = 64

/** Nodes asked for in one WANT. §15.7 */
export const indexesMax = 1024

/** Names the Top in a WANT, whatever its level; a tree of 2^43 bytes has five. §15.7 */
export const topLevel = 63

/** Codecs an ANSWER may name: there is one so far. §15.3 */
export const codecsMax = 8

/** Blobs in one SYNC_LIST or SYNC_WANT: 45 KB. §15.10 */
export const blobsMax = 1024
