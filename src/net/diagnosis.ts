// Why a transfer went as fast as it did: what held the sender back for how long, and what the socket met on its way.
// Words for people and numbers for machines, made from counters; measures nothing itself.

import { availableParallelism } from 'node:os'
import type { Udp, UdpStats } from '../host/udp.ts'
import type { EcnState } from '../proto/path/ecn.ts'
import type { ConnectionStats, Limiter } from '../proto/stats.ts'
import { type Carrier, carrierOf } from './carrier.ts'

/** Why a connection was as fast as it was: what held its sender back, and what its socket met. */
export interface Diagnosis {
  readonly carrier: Carrier
  readonly sendPath: UdpStats['sendPath']
  readonly datagramBytes: number
  readonly rttMicros: number
  /** Paths that carried at the end. */
  readonly paths: number
  readonly packetsSent: number
  readonly packetsLost: number
  readonly retransmittedBytes: number
  /** Sent twice before anything was lost, on a path that loses: datagram bytes. */
  readonly repeatedBytes: number
  readonly sendAgain: number
  readonly sendErrors: number
  readonly gsoRefused: number
  readonly kernelDrops: number
  /** Whether congestion marks are in use: 'off' where a side cannot, 'failed' where the path spoils them. */
  readonly ecn: EcnState
  /** Packets that the path marked in place of dropping some: of ours, as the peer says, and of the peer's. */
  readonly marksReported: number
  readonly marksSeen: number
  /** What kept us waiting longest; 'none' for a side that only listened. */
  readonly limitedBy: Limiter
  readonly waitedMicros: Readonly<Record<Limiter, number>>
  /** What stood in the way, one sentence each; empty when nothing did. */
  readonly notes: readonly string[]
}

/** A window of 1 ms at 1 Gbit/s, doubled as Linux counts: with less, bursts are lost while we are busy. */
const bufferBytesLeast = 512 * 1024
/** Lost packets worth a word: one in so many. */
const lossShareTold = 1 / 100

/** That this process may use, which taskset and containers make fewer than there are. */
const processors = availableParallelism()

export function diagnose(stats: Readonly<ConnectionStats>, udp: Udp): Diagnosis {
  const socket = udp.stats
  const { waitedMicros } = stats
  return {
    carrier: carrierOf(socket),
    sendPath: socket.sendPath,
    datagramBytes: stats.datagramBytes,
    rttMicros: stats.rttMicros,
    paths: stats.paths,
    packetsSent: stats.packetsSent,
    packetsLost: stats.packetsLost,
    retransmittedBytes: stats.bytesRetransmitted,
    repeatedBytes: stats.bytesRepeated,
    sendAgain: socket.sendAgain,
    sendErrors: socket.sendErrors,
    gsoRefused: socket.gsoRefused,
    kernelDrops: socket.kernelDrops,
    ecn: stats.ecn,
    marksReported: stats.marksReported,
    marksSeen: stats.marksSeen,
    limitedBy: longest(waitedMicros),
    waitedMicros: { ...waitedMicros },
    notes: notesOn(stats, socket),
  }
}

function longest(waited: Readonly<Record<Limiter, number>>): Limiter {
  let name: Limiter = 'none'
  for (const [limiter, micros] of Object.entries(waited) as [Limiter, number][])
    if (micros > waited[name]) name = limiter
  return name
}

function notesOn(stats: Readonly<ConnectionStats>, socket: UdpStats): string[] {
  const notes: string[] = []
  const say = (isSo: boolean, text: string): void => void (isSo && notes.push(text))
  say(socket.sendPath === 'dgram', 'the native addon is not in use: datagrams go one by one through node')
  say(socket.gsoRefused > 0, `the path refused trains ${socket.gsoRefused} times (GSO): more system calls`)
  say(
    socket.sendPath === 'sendmsg' || socket.sendPath === 'sendmmsg',
    `datagrams left by ${socket.sendPath}, which costs a system call's work for each`,
  )
  say(
    socket.sendErrors > 0,
    `the system refused ${socket.sendErrors} datagrams: an interface was down, or too small`,
  )
  say(carrierOf(socket) === 'tcp', 'it went over TCP, where one lost segment holds up all that is behind it')
  say(
    carrierOf(socket) === 'udp' &&
      Math.min(socket.receiveBufferBytes, socket.sendBufferBytes) < bufferBytesLeast,
    `the socket buffers are small (${socket.receiveBufferBytes} and ${socket.sendBufferBytes} bytes): raise net.core.rmem_max and wmem_max`,
  )
  say(
    socket.kernelDrops > 0,
    `the kernel had no room for what came ${socket.kernelDrops} times, because we were too slow to take it`,
  )
  say(
    processors === 1,
    'one processor does everything here: the network, hashing and the disk wait for each other',
  )
  say(
    stats.ecn === 'failed',
    'the path takes congestion marks (ECN) off, or drops what has them: done without',
  )
  say(
    stats.packetsLost > stats.packetsSent * lossShareTold,
    `the path lost ${stats.packetsLost} of ${stats.packetsSent} packets`,
  )
  return notes
}
