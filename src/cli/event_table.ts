// THE TABLE of events: every line that --events writes, field by field. `pfs help events` prints it, event_lines.ts fills
// it, and tests hold each written line against it. To add an event or a field: a row. Rows are never taken away.

export const schema = 'pfs.events/1'

/** 'any' is for a document whose shape is the command's own. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'strings' | 'objects' | 'object' | 'any'

export interface Field {
  readonly kind: FieldKind
  /** One phrase, for the reader of `pfs help events`. */
  readonly says: string
  /** The field may be absent. */
  readonly isOptional?: true
  /** The field may be null: nobody knows. */
  readonly isNullable?: true
}

export interface EventRow {
  readonly says: string
  readonly fields: Readonly<Record<string, Field>>
}

const text = (says: string) => ({ kind: 'string', says }) as const
const count = (says: string) => ({ kind: 'number', says }) as const
const yes = (says: string) => ({ kind: 'boolean', says }) as const
const optional = <Kind extends Field>(field: Kind) => ({ ...field, isOptional: true }) as const
const nullable = <Kind extends Field>(field: Kind) => ({ ...field, isNullable: true }) as const

/** Of every line. */
export const commonFields = {
  v: text(`${schema}: fields and types are only ever added, so ignore what you do not know`),
  type: text('which of the events below'),
  time: text('RFC 3339, in UTC'),
  job: text('the transfer, by the same 24 hex digits on both sides; else this run'),
  to: optional(text('of a send to several hosts: which of them')),
} as const satisfies Record<string, Field>

const fault = {
  code: text('stable, as in `pfs help exit-codes`'),
  message: text('what happened, a sentence'),
} as const

export const eventTable = {
  listening: {
    says: 'recv waits for peers',
    fields: {
      hosts: { kind: 'strings', says: 'addresses another machine may reach us at' },
      places: { kind: 'strings', says: 'what the sender names: HOST, HOST:PORT, or with --code the ticket' },
      port: count('the UDP port'),
      peer_id: text('our own'),
      fingerprint: text('our own, for people'),
    },
  },
  start: {
    says: 'a transfer begins',
    fields: {
      direction: text('send or recv'),
      name: text('of the file or of the top of the tree'),
      bytes_total: count('0 where nobody knows yet'),
      files_total: count('as far as they are known'),
      host: text('where the peer is'),
      peer_id: text('whose key it has proven'),
    },
  },
  phase: {
    says: 'what is done or waited for now; -q leaves it out',
    fields: { phase: text('connect, ask, scan, transfer, build or verify') },
  },
  peer: {
    says: 'contact with a peer is made',
    fields: {
      host: text('where it is'),
      peer_id: text('the key it has proven to have'),
      fingerprint: text('the same, for people'),
      pinned: yes('true: the first contact; its key is pinned from now on'),
    },
  },
  file: {
    says: 'of a tree, a file that is not sent or not put in place; the rest goes on',
    fields: { state: text('failed'), path: text('below the top of the tree'), ...fault },
  },
  progress: {
    says: 'how far it is, twice a second; -q leaves it out',
    fields: {
      bytes_done: count('sent or built; never less than before'),
      bytes_total: count('0 where nobody knows yet'),
      bytes_checked: count('scanned or verified, where that is the phase'),
      bytes_wire: count('UDP payload in both directions, acknowledgements included'),
      bytes_from_pool: optional(
        count('what of it does not travel: from the pool, an earlier attempt, or zeros'),
      ),
      files_done: optional(count('of which every byte is there')),
      files_total: optional(count('of those that come')),
      bytes_per_second: count('over the last five seconds; what an earlier attempt brought is not in it'),
      eta_seconds: nullable(count('null while nothing moves or the total is unknown')),
      stalled_seconds: count('since something last moved'),
    },
  },
  warning: {
    says: 'nothing failed, and somebody should know',
    fields: { message: text('a sentence') },
  },
  prompt_required: {
    says: 'a person would be asked, and is not there: the answer is no',
    fields: {
      question: text(
        'accept: may a peer nobody has decided about send; conflict: may what is here be replaced',
      ),
      host: text('where the peer is'),
      peer_id: text('whose key it has proven'),
      fingerprint: text('the same, for people'),
      name: nullable(text('what it wants to send; null for a sync of the pools')),
      bytes_total: nullable(count('of it')),
      paths: optional({ kind: 'strings', says: 'conflict: what is here and different, the first of them' }),
      count: optional(count('conflict: of those, how many in all')),
      hint: text('how to say yes next time'),
    },
  },
  summary: {
    says: 'a transfer came to its end: the document of --json',
    fields: {
      direction: text('send or recv'),
      name: text('of the file or of the top of the tree'),
      path: text('where it lies now; at the sender, what was sent'),
      size_bytes: count('of the object'),
      wire_bytes: count('UDP payload in both directions'),
      reused_bytes: count('of the object, what did not travel'),
      elapsed_seconds: count('from the first look to durable'),
      unchanged: yes('true: it was there already'),
      files: count('in it'),
      failures: { kind: 'objects', says: 'files that did not come to their place: path, code, message' },
      failure_count: count('of those; the list may be shorter'),
      kept: count('entries that the receiver did not want, because of what is there'),
      planned: { kind: 'object', says: 'of a dry run: bytes of operations and literals', isOptional: true },
      suite: text('the packet cipher'),
      transport: {
        kind: 'object',
        says: 'what carried it (carrier: udp or tcp), and why it was as fast as it was',
      },
      blob_id: text('what was sent, by its hash'),
    },
  },
  result: {
    says: 'what a command other than send and recv, or a send to several hosts, prints with --json',
    fields: { result: { kind: 'any', says: 'the document' } },
  },
  error: {
    says: 'a fault; when the command ends with it, the last line',
    fields: {
      ...fault,
      exit_code: count('the exit status that belongs to it'),
      retryable: yes('true: the same command may do better'),
      hint: text('what to do next, a sentence'),
      final: yes('false: one of several transfers failed, and the command goes on'),
      path: optional(text('the file or folder concerned, where it is known')),
      peer_id: optional(text('the peer concerned, where one is')),
      trace: { kind: 'strings', says: 'with -v: where it happened', isOptional: true },
    },
  },
} as const satisfies Record<string, EventRow>

export type EventType = keyof typeof eventTable

/** The table as a page: each event, its fields below it. */
export function eventPage(): string[] {
  const rows = Object.entries(eventTable) as [EventType, EventRow][]
  return [
    `--events writes one JSON object per line, ${schema}. In every line:`,
    ...fieldLines(commonFields),
    ...rows.flatMap(([type, { says, fields }]) => ['', `${type}: ${says}`, ...fieldLines(fields)]),
  ]
}

function fieldLines(fields: Readonly<Record<string, Field>>): string[] {
  return Object.entries(fields).map(([name, { kind, says, isOptional, isNullable }]) => {
    const shape = `${kind}${isNullable ? ' or null' : ''}${isOptional ? ', optional' : ''}`
    return `  ${name.padEnd(17)} ${shape.padEnd(17)} ${says}`
  })
}
