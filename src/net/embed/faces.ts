// What a program that embeds the transport holds: connections, streams, a listener. Faces, no code. The wire has streams that go
// one way, of two kinds, and so have these; nothing here knows files, pools or messages. PROTOCOL.md §8, §15.12

import type { ConnectionStats } from '../../proto/stats.ts'
import type { WireCodeName } from '../../wire/codes.ts'
import type { Transport } from '../carrier.ts'
import type { Diagnosis } from '../diagnosis.ts'

/** A key pair's name and secret. Keep the secret: whoever has it is you. */
export interface Identity {
  /** 52 letters: the public key, by which peers know this side. */
  readonly peerId: string
  /** 32 bytes. */
  readonly secretKey: Uint8Array
}

/** A stream of ours. Bytes written are kept until the peer has acknowledged them: do not change them. */
export interface OutgoingStream {
  /** Its number on the wire: even for ordered, odd for literal. The peer sees the same. */
  readonly id: number
  readonly kind: 'ordered' | 'literal'
  /**
   * Where its bytes go. A write waits while too much of the stream is unacknowledged (1 MiB ordered, 8 MiB literal). Closing it
   * ends the stream; that all of it arrived is what the connection's finish() waits for. Aborting it with a number gives
   * the stream up with that code, else with 42 (CANCELLED). It fails with a PfsError when the peer wants no more
   * (PFS_CANCELLED) or the connection ends.
   */
  readonly writable: WritableStream<Uint8Array>
}

/** A stream of the peer's whose bytes come in order. Credit goes back as they are read: who does not read stops its writer. */
export interface OrderedIncoming {
  readonly id: number
  readonly kind: 'ordered'
  /** Cancelling it with a number tells the peer that code, else 42 (CANCELLED). */
  readonly readable: ReadableStream<Uint8Array>
}

/** A piece of a literal stream. */
export interface Piece {
  /** In the stream, in bytes. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/**
 * A stream of the peer's whose bytes come as they arrive: in pieces of up to 256 KiB, each once, in any order. `inOrder` makes
 * one stream of bytes of them.
 */
export interface LiteralIncoming {
  readonly id: number
  readonly kind: 'literal'
  /** Ends when every piece was read. Cancelling it with a number tells the peer that code, else 42 (CANCELLED). */
  readonly pieces: ReadableStream<Piece>
}

/** A stream that the peer began. */
export type IncomingStream = OrderedIncoming | LiteralIncoming

/**
 * A connection to a peer whose key is proven: any number of streams each way, encrypted. Iterating it yields the streams that
 * the peer begins, as their first bytes come; it ends with the connection, and throws the PfsError where that was a fault.
 * Streams are those of the Web; `Readable.fromWeb` and `Writable.fromWeb` of node:stream make them Node's.
 */
export interface Connection extends AsyncIterable<IncomingStream> {
  /** The peer's proven key, as 52 letters. */
  readonly peerId: string
  /** Where its packets come from. */
  readonly remote: { readonly host: string; readonly port: number }
  /** False once it has ended. */
  readonly isOpen: boolean
  /** Settles when it has ended: resolves where this side ended it, or the peer did with NONE; else rejects with why. */
  readonly closed: Promise<void>
  /**
   * Begins a stream whose bytes arrive in order. Waits while the peer lets no more be open (16 by default).
   * @throws PfsError PFS_LIMIT a connection has some 32,000 streams of a kind, PFS_CANCELLED it has ended
   */
  openOrdered(): Promise<OutgoingStream>
  /**
   * The same for a stream whose bytes may be placed in any order: for bulk, where one lost packet holds nothing up, and several
   * times as fast as an ordered one.
   */
  openLiteral(): Promise<OutgoingStream>
  /** Counters as they are now: bytes, packets, microseconds. */
  stats(): ConnectionStats
  /** Why it is as fast as it is. */
  diagnose(): Diagnosis
  /**
   * Holds it to a rate, from now on.
   * @param bytesPerSecond in either direction; undefined: as fast as it goes
   */
  limitRate(bytesPerSecond: number | undefined): void
  /**
   * Ends it once the peer has acknowledged all that was written; what it still sends is not waited for.
   * @throws PfsError why the connection ended before
   */
  finish(): Promise<void>
  /**
   * Ends it at once: what is unacknowledged may be lost.
   * @param code what the peer is told; default NONE
   * @param reason for people, up to 256 bytes of UTF-8
   */
  close(code?: WireCodeName, reason?: string): void
}

/** What both ends may be asked for. */
export interface TransportOptions {
  /** Who we are; default: a new key, for this call alone. */
  readonly identity?: Identity
  /**
   * What carries the packets: `auto` (default) is UDP, and TCP where UDP gets no answer within 1.5 s; a listener listens on both,
   * and does without TCP where its port is taken.
   */
  readonly transport?: Transport
  /** Silence after which a peer counts as gone: 1,000 to 600,000, default 30,000. */
  readonly idleTimeoutMillis?: number
}

/** Where to, and who must be there. */
export interface ConnectOptions extends TransportOptions {
  /** A name or an IP address. */
  readonly host: string
  /** The same number for UDP and TCP. */
  readonly port: number
  /** Insists on this key, and saves a round trip. Without it anybody may answer: look at the connection's peerId. */
  readonly peerId?: string
  /** Aborting gives up, or ends the connection with CANCELLED. */
  readonly signal?: AbortSignal
  /** What the handshake may take; default 10,000. */
  readonly connectTimeoutMillis?: number
}

/** Where to listen, and for whom. */
export interface ListenOptions extends TransportOptions {
  /** The same number for UDP and TCP; default 0: the system chooses. */
  readonly port?: number
  /** An IP address of this machine; default: every address of both families. */
  readonly host?: string
  /** The peers that may come in: their ids, or who decides. Default: everybody who proves a key; what they may do is yours. */
  readonly allow?: readonly string[] | ((peerId: string) => boolean | Promise<boolean>)
  /** Aborting ends the listener and its connections. */
  readonly signal?: AbortSignal
}

/** Takes connections. Iterating it yields them as they come; it ends when the listener is closed. */
export interface Listener extends AsyncIterable<Connection> {
  /** By which those who connect can insist on us. */
  readonly peerId: string
  readonly host: string
  readonly port: number
  /** Ends every connection with this code (default NONE) and frees the port. */
  close(code?: WireCodeName): Promise<void>
}
