// Reads a qlog file as RFC 7464 has it, and holds what it says against the part of the qlog schema (main schema 0.3, QUIC
// events) that pfs uses: every event known, every field of its kind, times that never go back.

import { expect } from 'vitest'

export interface QlogEvent {
  readonly time: number
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Qlog {
  readonly header: Readonly<Record<string, unknown>>
  readonly events: readonly QlogEvent[]
}

type Check = (value: unknown) => boolean
const isCount: Check = value => Number.isInteger(value) && (value as number) >= 0
const isNumber: Check = value => typeof value === 'number' && value >= 0
const isText: Check = value => typeof value === 'string'
const isYes: Check = value => typeof value === 'boolean'
const isHex: Check = value => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
const one =
  (...words: readonly string[]): Check =>
  value =>
    words.includes(value as string)
const list =
  (of: Check): Check =>
  value =>
    Array.isArray(value) && value.every(of)
const isRange: Check = value =>
  list(isCount)(value) &&
  (value as number[]).length === 2 &&
  (value as number[])[0]! <= (value as number[])[1]!
const shape =
  (fields: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  value => {
    if (typeof value !== 'object' || value === null) return false
    const given = value as Record<string, unknown>
    if (Object.keys(fields).some(name => !(name in given))) return false
    return Object.entries(given).every(([name, each]) => (fields[name] ?? optional[name])?.(each) === true)
  }

const header = shape({ packet_type: one('handshake', '1RTT') }, { packet_number: isCount })
const frame = shape(
  {
    frame_type: one(
      ...[
        'ack',
        'stream',
        'max_data',
        'max_stream_data',
        'reset_stream',
        'stop_sending',
        'ping',
        'padding',
        'fin',
      ],
    ),
  },
  {
    ack_delay: isNumber,
    acked_ranges: list(isRange),
    stream_id: isCount,
    offset: isCount,
    length: isCount,
    fin: isYes,
    ect0: isCount,
    ect1: isCount,
    ce: isCount,
  },
)
const packets = shape({ header, raw: shape({ length: isCount }), packets: isCount }, { frames: list(frame) })

const schema: Readonly<Record<string, Check>> = {
  'connectivity:connection_started': shape({
    ip_version: one('v4', 'v6'),
    src_ip: isText,
    dst_ip: isText,
    dst_port: isCount,
    protocol: isText,
    src_cid: isHex,
  }),
  'connectivity:connection_state_updated': shape(
    { new: one('handshake_completed', 'handshake_confirmed', 'closed') },
    { dst_cid: isHex, suite: isText },
  ),
  'connectivity:connection_closed': shape(
    {
      owner: one('local', 'remote'),
      trigger: one(
        ...['clean', 'handshake_timeout', 'idle_timeout', 'error', 'version_mismatch', 'application'],
      ),
    },
    { application_code: isCount, reason: isText },
  ),
  'connectivity:mtu_updated': shape({ new: isCount }, { old: isCount }),
  'transport:packet_sent': packets,
  'transport:packet_received': packets,
  'transport:packet_dropped': shape({
    trigger: one('header_parse_error', 'payload_decrypt_error', 'duplicate', 'key_unavailable'),
  }),
  'transport:packets_acked': shape({
    packet_number_space: one('application_data'),
    packet_numbers: list(isCount),
    ranges: list(isRange),
  }),
  'recovery:packet_lost': shape({ header, packets: isCount, bytes: isCount, is_mtu_probe_packet: isYes }),
  'recovery:metrics_updated': shape(
    {},
    {
      congestion_window: isCount,
      bytes_in_flight: isCount,
      pacing_rate: isCount,
      min_rtt: isNumber,
      smoothed_rtt: isNumber,
      latest_rtt: isNumber,
      rtt_variance: isNumber,
    },
  ),
  'recovery:congestion_state_updated': shape(
    { new: one('slow_start', 'congestion_avoidance') },
    { old: one('slow_start', 'congestion_avoidance') },
  ),
  'recovery:ecn_state_updated': shape(
    { new: one('testing', 'capable', 'failed') },
    { old: one('testing', 'capable') },
  ),
  'security:key_updated': shape({
    key_type: one('client_1rtt_secret', 'server_1rtt_secret'),
    generation: isCount,
    trigger: one('remote_update', 'local_update'),
  }),
}

/** RFC 7464: each text begins with RS and ends with LF. */
export function parseSequence(text: string): unknown[] {
  const [before, ...texts] = text.split('\x1e')
  expect(before).toBe('')
  return texts.map(each => {
    expect(each.endsWith('\n')).toBe(true)
    return JSON.parse(each) as unknown
  })
}

export function checkedQlog(records: readonly unknown[]): Qlog {
  const [header, ...events] = records as [Qlog['header'], ...QlogEvent[]]
  expect(header).toMatchObject({
    qlog_format: 'JSON-SEQ',
    qlog_version: '0.3',
    trace: {
      common_fields: { time_format: 'relative', custom_fields: { unit: 'train' } },
      vantage_point: { type: expect.stringMatching(/^(client|server)$/) as unknown },
    },
  })
  let before = 0
  for (const event of events) {
    expect(event.time, JSON.stringify(event)).toBeGreaterThanOrEqual(before)
    before = event.time
    expect(schema[event.name]?.(event.data), JSON.stringify(event)).toBe(true)
  }
  return { header, events }
}

export const named = (qlog: Qlog, name: string): readonly QlogEvent[] =>
  qlog.events.filter(event => event.name.endsWith(`:${name}`))

/** Of all events of a kind, the sum of one number. */
export const sum = (qlog: Qlog, name: string, of: (data: QlogEvent['data']) => unknown): number =>
  named(qlog, name).reduce((total, event) => total + Number(of(event.data)), 0)
