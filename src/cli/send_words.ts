// The words of `pfs send`: what to send, and where to. The last is a host; so are those right before it that name nothing
// here, so that `pfs send PATH… HOST HOST` needs no mark between the two. Knows names, and asks whether a path is there.

import { PfsError } from '../base/errors.ts'
import { parseTicket, type Ticket } from '../transfer/ticket.ts'
import { formatPlace, type Place, parsePlace } from './place.ts'

/** Somebody to send to, and how they are called in what we say. */
export interface Receiver extends Place {
  readonly label: string
  readonly ticket: Ticket | undefined
}

export interface SendWords {
  readonly paths: readonly string[]
  /** At least one. */
  readonly receivers: readonly Receiver[]
}

/** Beyond, each is a connection, a scan and a thread of its own. */
const receiversMax = 16

/** @param isThere whether a path leads to something */
export function splitWords(words: readonly string[], isThere: (path: string) => boolean): SendWords {
  // the first is a path whatever it looks like: who mistypes it must hear of a file
  let first = words.length - 1
  while (first > 1 && isReceiver(words[first - 1] ?? '', isThere)) first--
  const receivers = words.slice(first).map(parseReceiver)
  const labels = new Set(receivers.map(({ label }) => label))
  if (labels.size < receivers.length)
    throw new PfsError('PFS_USAGE', 'a host is named twice', { hint: 'Name each host once.' })
  if (receivers.length > receiversMax)
    throw new PfsError('PFS_USAGE', `${receivers.length} hosts are more than ${receiversMax}`, {
      hint: 'Send to some of them first: what has been read once is not read again.',
    })
  return { paths: words.slice(0, first), receivers }
}

export function parseReceiver(word: string): Receiver {
  if (!isTicketLike(word)) {
    const place = parsePlace(word)
    return { ...place, label: formatPlace(place), ticket: undefined }
  }
  const ticket = parseTicket(word)
  if (!ticket)
    throw new PfsError('PFS_USAGE', 'this is not the whole of a ticket', {
      hint: 'Copy the line that `pfs recv --code` prints from its `pfs://` to its end.',
    })
  const { host, port } = ticket
  return { host, port, ticket, label: formatPlace({ host, port }) }
}

function isReceiver(word: string, isThere: (path: string) => boolean): boolean {
  if (isTicketLike(word)) return true
  if (word === '-' || isThere(word)) return false
  try {
    parsePlace(word)
    return true
  } catch {
    return false
  }
}

const isTicketLike = (word: string): boolean => word.startsWith('pfs://')
