// Watches an interface in its namespace a thousand times a second, and says at the end (SIGTERM) how long nothing
// came in while data were still going out: a peer that acknowledges is never silent for long.
//
//   ip netns exec NAMESPACE node dist/bench/silence.js DEVICE

import { closeSync, openSync, readSync } from 'node:fs'

export interface Silence {
  readonly longestMillis: number
  readonly atMillis: number
}

const device = process.argv[2] ?? ''
const text = Buffer.alloc(32)

function counter(name: string): () => number {
  const path = `/sys/class/net/${device}/statistics/${name}`
  closeSync(openSync(path, 'r'))
  return () => {
    const fd = openSync(path, 'r')
    const bytes = readSync(fd, text, 0, text.length, 0)
    closeSync(fd)
    return Number(text.toString('latin1', 0, bytes))
  }
}

/** More in one look than keep-alives and probes make. */
const dataBytes = 20_000

const packetsIn = counter('rx_packets')
const bytesOut = counter('tx_bytes')
let seenIn = packetsIn()
let seenOut = bytesOut()
let heardAt: number | undefined
let lastDataAt = 0
const silences: { readonly from: number; readonly millis: number }[] = []

setInterval(() => {
  const now = performance.now()
  const out = bytesOut()
  if (out - seenOut >= dataBytes) {
    seenOut = out
    lastDataAt = now
  }
  const packets = packetsIn()
  if (packets === seenIn) return
  seenIn = packets
  if (heardAt !== undefined && lastDataAt > 0) silences.push({ from: heardAt, millis: now - heardAt })
  heardAt = now
}, 1)

process.on('SIGTERM', () => {
  const counted = silences.filter(({ from }) => from < lastDataAt)
  const longest = counted.reduce((a, b) => (b.millis > a.millis ? b : a), { from: 0, millis: 0 })
  console.log(JSON.stringify({ longestMillis: longest.millis, atMillis: longest.from } satisfies Silence))
  process.exit(0)
})
console.log(JSON.stringify({ isReady: true }))
