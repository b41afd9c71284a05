// The Noise handshake patterns pfs speaks, as data; noise.ts interprets them. To add one: a row and its
// published vectors. PROTOCOL.md §6.1.

export type Role = 'initiator' | 'responder'

/** A letter pair names a DH: first the initiator's key, then the responder's. */
export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk'

export interface PatternMessage {
  readonly from: Role
  readonly tokens: readonly Token[]
}

export interface Pattern {
  /** Keys the other side holds before the first message. Of ours, at most one side has any. */
  readonly known: { readonly from: Role; readonly key: 'e' | 's' } | undefined
  readonly usesPsk: boolean
  /** Who sends with the first secret of the split: whoever is initiator in Noise's own eyes. */
  readonly splitsFirst: Role
  readonly messages: readonly PatternMessage[]
}

export type PatternName = 'IK' | 'XX' | 'IKpsk2' | 'XXpsk3' | 'XXfallback'

const responderStatic = { from: 'responder', key: 's' } as const

export const patterns: Readonly<Record<PatternName, Pattern>> = {
  IK: {
    known: responderStatic,
    usesPsk: false,
    splitsFirst: 'initiator',
    messages: [
      { from: 'initiator', tokens: ['e', 'es', 's', 'ss'] },
      { from: 'responder', tokens: ['e', 'ee', 'se'] },
    ],
  },
  XX: {
    known: undefined,
    usesPsk: false,
    splitsFirst: 'initiator',
    messages: [
      { from: 'initiator', tokens: ['e'] },
      { from: 'responder', tokens: ['e', 'ee', 's', 'es'] },
      { from: 'initiator', tokens: ['s', 'se'] },
    ],
  },
  IKpsk2: {
    known: responderStatic,
    usesPsk: true,
    splitsFirst: 'initiator',
    messages: [
      { from: 'initiator', tokens: ['e', 'es', 's', 'ss'] },
      { from: 'responder', tokens: ['e', 'ee', 'se', 'psk'] },
    ],
  },
  XXpsk3: {
    known: undefined,
    usesPsk: true,
    splitsFirst: 'initiator',
    messages: [
      { from: 'initiator', tokens: ['e'] },
      { from: 'responder', tokens: ['e', 'ee', 's', 'es'] },
      { from: 'initiator', tokens: ['s', 'se', 'psk'] },
    ],
  },
  // The first message was an IK message that could not be opened; only its ephemeral key is kept (Noise
  // §10.4). Noise calls the one who answers the initiator from here on; we do not, but for the order of the
  // split.
  XXfallback: {
    known: { from: 'initiator', key: 'e' },
    usesPsk: false,
    splitsFirst: 'responder',
    messages: [
      { from: 'responder', tokens: ['e', 'ee', 's', 'es'] },
      { from: 'initiator', tokens: ['s', 'se'] },
    ],
  },
}
