// How the end of a connection reads to the caller: one table from PROTOCOL.md §17 to the failures of base/errors.ts.
// The peer's text is shown with its control characters escaped: it is for people, and untrusted (§7.10-1).

import { unreachable } from '../base/assert.ts'
import { type PfsCode, PfsError } from '../base/errors.ts'
import type { CloseReason } from '../proto/events.ts'
import { type WireCodeName, wireCodeName, wireCodes } from '../wire/codes.ts'
import { noSuiteVersion } from '../wire/packet.ts'
import { printable } from '../wire/text.ts'

interface Fault {
  readonly code: PfsCode
  readonly retryable?: boolean
  readonly hint?: string
}

/** Broken rules point to a fault in one of the two programs: trying again would only repeat it. */
const broken: Fault = { code: 'PFS_PROTOCOL', hint: 'See whether both sides run the same version of pfs.' }

const faults: Readonly<Record<Exclude<WireCodeName, 'NONE'>, Fault>> = {
  INTERNAL: { code: 'PFS_INTERNAL' },
  FRAME_ERROR: broken,
  PARAMETER_ERROR: broken,
  WINDOW_ERROR: broken,
  STREAM_ERROR: broken,
  FINAL_SIZE_ERROR: broken,
  ACK_ERROR: broken,
  KEY_CHANGED: { code: 'PFS_KEY_CHANGED' },
  REFUSED: { code: 'PFS_REFUSED' },
  KEY_LIMIT: { code: 'PFS_PROTOCOL', retryable: true },
  MESSAGE_ERROR: broken,
  PROGRAM_ERROR: broken,
  GRANT_ERROR: broken,
  WRONG_SEED: { code: 'PFS_WRONG_SEED' },
  DISK_FULL: { code: 'PFS_DISK_FULL', hint: 'Make room on the other side and run the same command again.' },
  EXISTS: { code: 'PFS_EXISTS' },
  SOURCE_CHANGED: { code: 'PFS_SOURCE_CHANGED', retryable: true },
  SOURCE_FAILED: { code: 'PFS_READ' },
  TARGET_FAILED: { code: 'PFS_WRITE' },
  CORRUPT: { code: 'PFS_CORRUPT', retryable: true },
  CANCELLED: { code: 'PFS_CANCELLED' },
  SUPERSEDED: { code: 'PFS_CANCELLED' },
  BUSY: { code: 'PFS_REFUSED', retryable: true, hint: 'Try again when the other transfer is done.' },
}

/** Every pfs does the same two: only a pinned one can be missing. */
const suiteHint =
  'Leave out --suite, here or there, or name one that both sides have: `pfs doctor` lists them.'

/** undefined: it ended as it should, by CLOSE NONE. `peer` names it for people. */
export function closeFault(reason: CloseReason, peer: string): PfsError | undefined {
  switch (reason.by) {
    case 'idle':
      return new PfsError('PFS_STALLED', peer, {
        retryable: true,
        hint: 'Run the same command again: what has arrived is kept.',
      })
    case 'carrier':
      return new PfsError('PFS_STALLED', `the TCP connection to ${peer} broke`, {
        retryable: true,
        hint: 'Run the same command again: what has arrived is kept.',
      })
    case 'handshake_timeout':
      return unanswered(peer)
    case 'version':
      return reason.versions.includes(noSuiteVersion)
        ? new PfsError('PFS_VERSION', `${peer} does none of the ciphers offered`, { hint: suiteHint })
        : new PfsError('PFS_VERSION', peer, { hint: 'Bring both sides to the same version of pfs.' })
    case 'key_changed':
      return new PfsError('PFS_KEY_CHANGED', peer)
    case 'local':
    case 'peer':
      return codeFault(
        reason.code,
        reason.text,
        reason.by === 'peer' ? `said by ${peer}` : 'said by this side',
      )
    default:
      return unreachable(reason)
  }
}

/** Nobody answered at `peer`. */
export function unanswered(peer: string, why?: string, cause?: unknown): PfsError {
  return new PfsError('PFS_UNREACHABLE', why ? `${peer} (${why})` : peer, {
    retryable: true,
    cause,
    hint: 'See whether pfs recv runs there and a firewall lets its port through, UDP at best, or TCP.',
  })
}

/** What a code of §17 said by `who`, with its text, reads like here; undefined for NONE. */
export function codeFault(code: number, text: string, who: string): PfsError | undefined {
  const name = wireCodeName(code)
  if (name === 'NONE') return undefined
  const { code: pfsCode, ...options } = faults[name]
  return new PfsError(
    pfsCode,
    `${text === '' ? wireCodes[name].sentence : printable(text)} (${who})`,
    options,
  )
}
