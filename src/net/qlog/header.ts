// The first record of a qlog file: what the trace is of, and how it differs from one of a QUIC connection, in the file's own
// words, because its reader knows QUIC. draft-ietf-quic-qlog-main-schema-02 §5 (JSON-SEQ).

import { toHex } from '../../base/bytes.ts'
import type { Observed } from '../../proto/observer.ts'
import { formatAddress } from '../resolve.ts'

const differences = {
  unit: 'train',
  packet_sent: [
    'one record for each train: consecutive packet numbers that left together.',
    'header.packet_number is the first, `packets` how many, raw.length the sum of their datagrams',
  ],
  packet_received: ['likewise: packets that came together'],
  packets_acked: ['packet_numbers has the first of each run, `ranges` first and last of it'],
  packet_lost: ['one record for each run: `packets` how many, `bytes` the sum of their datagrams'],
  connection_state_updated: ['dst_cid and suite are named when the handshake is over'],
  mtu_updated: ['bytes of UDP payload'],
  pacing_rate: ['bits a second'],
  frames: [
    'max_data, max_stream_data, reset_stream and stop_sending stand for WINDOW, STREAM_WINDOW, RESET and STOP;',
    'fin for FIN of a literal stream',
  ],
} as const

export function headerRecord({ role, localId, address }: Observed, epochMillis: number): object {
  const id = toHex(localId)
  const type = role === 'initiator' ? 'client' : 'server'
  return {
    qlog_format: 'JSON-SEQ',
    qlog_version: '0.3',
    title: `pfs ${id}`,
    description: `a pfs connection with ${formatAddress(address)}`,
    trace: {
      title: id,
      common_fields: {
        time_format: 'relative',
        reference_time: epochMillis,
        protocol_type: ['PFS'],
        group_id: id,
        custom_fields: differences,
      },
      vantage_point: { name: `pfs ${role}`, type },
    },
  }
}
