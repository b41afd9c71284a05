// How a transfer's end reads: the one line for people, always of one shape, and the document for machines. The wire
// bytes and the pool's share stand beside the speed, so that it is never quoted without its cause. Pure.

import { second } from '../base/units.ts'
import type { PlannedBytes, SyncSummary, TransferSummary } from '../transfer/events.ts'
import type { Fields } from './event_lines.ts'
import { formatBytes, formatDuration, formatPercent, formatRate, plural } from './format.ts'

/** sent big.iso  4.20 GB in 3.1 s (1.35 GB/s) · wire 61 MB · pool 98.6 % · verified; of a tree, sent src, 30 files  … */
export function endLine(summary: TransferSummary): string {
  const { sizeBytes, elapsedMicros, fileCount } = summary
  const name = fileCount > 1 ? `${summary.name}, ${plural(fileCount, 'file')}` : summary.name
  if (summary.planned) return planLine(summary, summary.planned)
  const verb = summary.direction === 'send' ? 'sent' : 'received'
  const wire = `wire ${formatBytes(summary.wireBytes)}`
  const took = `${verb} ${name}  ${formatBytes(sizeBytes)} in ${formatDuration(elapsedMicros)}`
  if (summary.isUnchanged) return `${took} · ${wire} · unchanged, nothing to do`
  const pool = `pool ${formatPercent(summary.reusedBytes, sizeBytes)}`
  return `${took} (${formatRate(sizeBytes, elapsedMicros)}) · ${wire} · ${pool} · verified`
}

/** would send src  4.20 GB · about 61 MB on the wire · pool 98.6 % · nothing was sent */
function planLine(summary: TransferSummary, { opBytes, literalBytes }: PlannedBytes): string {
  const { name, sizeBytes, fileCount } = summary
  const what = fileCount === 1 ? '' : ` in ${plural(fileCount, 'file')}`
  const known = `pool ${formatPercent(sizeBytes - literalBytes, sizeBytes)}`
  const wire = `about ${formatBytes(opBytes + literalBytes)} on the wire`
  return `would send ${name}  ${formatBytes(sizeBytes)}${what} · ${wire} · ${known} · nothing was sent`
}

export function summaryDocument(summary: TransferSummary): Fields<'summary'> {
  return {
    direction: summary.direction,
    name: summary.name,
    path: summary.path,
    size_bytes: summary.sizeBytes,
    wire_bytes: summary.wireBytes,
    reused_bytes: summary.reusedBytes,
    elapsed_seconds: summary.elapsedMicros / second,
    unchanged: summary.isUnchanged,
    files: summary.fileCount,
    failures: summary.failures,
    failure_count: summary.failureCount,
    kept: summary.unwantedCount,
    ...(summary.planned
      ? { planned: { op_bytes: summary.planned.opBytes, literal_bytes: summary.planned.literalBytes } }
      : {}),
    suite: summary.suite,
    transport: transportDocument(summary.transport),
    blob_id: summary.blobId,
  }
}

/** What a script may ask when it was slow: counters, seconds waited for each cause, and sentences. */
function transportDocument(transport: TransferSummary['transport']): Record<string, unknown> {
  const waited = Object.entries(transport.waitedMicros).filter(([, micros]) => micros > 0)
  return {
    carrier: transport.carrier,
    send_path: transport.sendPath,
    datagram_bytes: transport.datagramBytes,
    rtt_seconds: transport.rttMicros / second,
    paths: transport.paths,
    packets_sent: transport.packetsSent,
    packets_lost: transport.packetsLost,
    retransmitted_bytes: transport.retransmittedBytes,
    repeated_bytes: transport.repeatedBytes,
    send_waits: transport.sendAgain,
    send_errors: transport.sendErrors,
    trains_refused: transport.gsoRefused,
    kernel_drops: transport.kernelDrops,
    ecn: transport.ecn,
    marks_reported: transport.marksReported,
    marks_seen: transport.marksSeen,
    limited_by: transport.limitedBy,
    waited_seconds: Object.fromEntries(waited.map(([limiter, micros]) => [limiter, micros / second])),
    notes: transport.notes,
  }
}

/** synced 10.0.0.2  sent 3 blobs 1.20 GB · received 1 blob 30 MB in 3.1 s · wire 1.24 GB */
export function syncLine(host: string, summary: SyncSummary): string {
  const sent = `sent ${plural(summary.sentBlobs, 'blob')} ${formatBytes(summary.sentBytes)}`
  const received = `received ${plural(summary.receivedBlobs, 'blob')} ${formatBytes(summary.receivedBytes)}`
  const took = `in ${formatDuration(summary.elapsedMicros)} · wire ${formatBytes(summary.wireBytes)}`
  const missing = summary.passedOver > 0 ? ` · ${plural(summary.passedOver, 'blob')} could not be read` : ''
  return `synced ${host}  ${sent} · ${received} ${took}${missing}`
}

export function syncDocument(summary: SyncSummary): Record<string, unknown> {
  return {
    sent_blobs: summary.sentBlobs,
    received_blobs: summary.receivedBlobs,
    sent_bytes: summary.sentBytes,
    received_bytes: summary.receivedBytes,
    passed_over: summary.passedOver,
    wire_bytes: summary.wireBytes,
    elapsed_seconds: summary.elapsedMicros / second,
  }
}
