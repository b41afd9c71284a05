// Whether a stranger may send to us: by --yes, by --allow, by asking a person, and otherwise not. The question shows
// what a person can judge by. Knows no transport.

import { PfsError } from '../base/errors.ts'
import { peerIdLength } from '../crypto/identity.ts'
import type { Stranger } from '../transfer/events.ts'
import { promptLine } from './event_lines.ts'
import { formatBytes } from './format.ts'
import type { Terminal } from './terminal.ts'

/** Letters of a fingerprint: 80 bits, more than anybody can search for a look-alike key. */
const allowLettersMin = 16

export interface AdmissionOptions {
  readonly acceptsAll: boolean
  /** Peer ids or fingerprints, as the user wrote them. */
  readonly allowed: readonly string[]
  readonly terminal: Terminal
  /** Asks a person; undefined where none can answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** Remembers that this peer may send from now on. */
  readonly trust: (peerId: string) => Promise<unknown>
}

export class Admission {
  readonly #options: AdmissionOptions
  readonly #allowed: readonly string[]
  /** One question at a time, in the order they came. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#allowed = options.allowed.map(parseAllowed)
  }

  readonly accept = (stranger: Stranger): Promise<boolean> => {
    if (this.#options.acceptsAll || this.#allowed.some(beginning => stranger.peerId.startsWith(beginning))) {
      return Promise.resolve(true)
    }
    const answer = this.#last.then(() => this.#decide(stranger))
    this.#last = answer.catch(() => {})
    return answer
  }

  async #decide(stranger: Stranger): Promise<boolean> {
    const { terminal, ask, trust } = this.#options
    const who = `${stranger.host} (${stranger.fingerprint})`
    const { wants } = stranger
    const what =
      wants.kind === 'send' ? `${wants.name}, ${formatBytes(wants.sizeBytes)}` : 'a sync of the pools'
    if (!ask) {
      const hint = `To accept its files, run: pfs recv --allow ${stranger.peerId}`
      terminal.events?.write(promptLine(stranger, hint))
      terminal.complain(`Refused ${what}, from ${who}: nobody is here to ask.`)
      terminal.complain(`  ${hint}`)
      return false
    }
    terminal.say(`${who} wants ${wants.kind === 'send' ? 'to send ' : ''}${what}.`)
    const answer = (await ask('Accept? [y]es, [a]lways from this peer, [N]o: ')).trim().toLowerCase()
    if (answer === 'a' || answer === 'always') await trust(stranger.peerId)
    const isWelcome = ['y', 'yes', 'a', 'always'].includes(answer)
    if (!isWelcome) terminal.say('Refused.')
    return isWelcome
  }
}

/** The beginning that a peer id must have. */
function parseAllowed(text: string): string {
  const letters = text.replaceAll('-', '').toLowerCase()
  if (/^[a-z2-7]*$/.test(letters) && letters.length >= allowLettersMin && letters.length <= peerIdLength) {
    return letters
  }
  throw new PfsError('PFS_USAGE', `${text} is neither a peer id nor a fingerprint`, {
    hint: `A peer id has ${peerIdLength} letters, a fingerprint ${allowLettersMin}: \`pfs version\` prints both there.`,
  })
}
