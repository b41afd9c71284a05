// What a look at a peer comes to: the lines of `pfs doctor PEER`, a fix beside each warning. Pure.

import { second } from '../base/units.ts'
import type { Check } from '../host/doctor.ts'
import type { PathReport } from '../transfer/probe.ts'
import { shownFingerprint } from './fingerprints.ts'
import { formatMillis, formatPercent, plural } from './format.ts'

/** More is felt: a transfer slows down for each loss. */
const lossShareTold = 1 / 100
/** The usual path between networks, headers of IPv6 taken off: 1500 less 48. */
const datagramBytesUsual = 1452

/** @param where as it was written */
export function pathChecks(where: string, report: PathReport): readonly Check[] {
  return [
    peerCheck(where, report),
    carrierCheck(report),
    cipherCheck(report),
    roundTripCheck(report),
    lossCheck(report),
    sizeCheck(report),
  ]
}

function peerCheck(where: string, { peerId, isPinned }: PathReport): Check {
  const fingerprint = shownFingerprint(peerId)
  const known = isPinned
    ? 'the key pinned for it'
    : 'a first contact: compare it with what `pfs recv` shows there'
  const facts = { host: where, peer_id: peerId, fingerprint, pinned: isPinned }
  return {
    name: 'peer',
    status: 'ok',
    says: `${where} answers; its fingerprint is ${fingerprint}, ${known}`,
    facts,
  }
}

function carrierCheck({ carrier }: PathReport): Check {
  const shared = { name: 'carrier', facts: { carrier } }
  if (carrier === 'udp') return { ...shared, status: 'ok', says: 'UDP' }
  const says = 'TCP: UDP gets no answer, or was not asked'
  const fix =
    'let its UDP port through, which is faster where packets are lost; else --transport tcp waits for no UDP'
  return { ...shared, status: 'warn', says, fix }
}

function cipherCheck({ suite, ownSuite }: PathReport): Check {
  const shared = { name: 'cipher', says: suite, facts: { suite, best_here: ownSuite } }
  if (suite === ownSuite) return { ...shared, status: 'ok' }
  const fix = `${ownSuite} is faster, and the peer has it not: run \`pfs doctor\` there`
  return { ...shared, status: 'warn', fix }
}

function roundTripCheck({ rttMicros, rttMicrosMin }: PathReport): Check {
  return {
    name: 'rtt',
    status: 'ok',
    says: `${formatMillis(rttMicros)}, at the least ${formatMillis(rttMicrosMin)}`,
    facts: { rtt_seconds: rttMicros / second, rtt_seconds_least: rttMicrosMin / second },
  }
}

function lossCheck({ packetsSent, packetsLost }: PathReport): Check {
  const share = packetsLost / Math.max(1, packetsSent)
  const facts = { packets_sent: packetsSent, packets_lost: packetsLost }
  const sent = plural(packetsSent, 'packet')
  const says =
    packetsLost === 0
      ? `none of ${sent}`
      : `${packetsLost} of ${sent}, ${formatPercent(packetsLost, packetsSent)}`
  if (share <= lossShareTold) return { name: 'loss', status: 'ok', says, facts }
  const fix = 'look for a weak radio link or a busy one; transfers get through, only slower'
  return { name: 'loss', status: 'warn', says, fix, facts }
}

function sizeCheck({ datagramBytes, datagramBytesMax }: PathReport): Check {
  const facts = { datagram_bytes: datagramBytes, datagram_bytes_wanted: datagramBytesMax }
  const says = `${datagramBytes} bytes of ${datagramBytesMax} that both sides would send`
  const isUsual = datagramBytes >= Math.min(datagramBytesUsual, datagramBytesMax)
  // the search ends where a step would gain less than 20 bytes
  if (isUsual || datagramBytesMax - datagramBytes < 40)
    return { name: 'datagrams', status: 'ok', says, facts }
  const fix = 'a tunnel or a link on the way carries less than Ethernet does: raise its MTU where you can'
  return { name: 'datagrams', status: 'warn', says, fix, facts }
}
