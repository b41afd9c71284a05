// One attempt of a peer at one object: what a look at the disk and the pool found, and how to go on from there. A face that
// files, lists and trees share, so that whoever runs builds need not know which of them it has.

import { PfsError } from '../../base/errors.ts'
import type { Codecs } from '../../host/codec.ts'
import type { Many } from '../../host/many.ts'
import type { Pool } from '../../pool/pool.ts'
import type { Build } from './build.ts'
import type { BuildEvent, OfferVerdict } from './events.ts'
import type { Journal } from './journal.ts'
import type { Part } from './part.ts'
import type { TreeMemory } from './tree/memory.ts'

/** What every transfer of this process works with. */
export interface Workshop {
  readonly pool: Pool
  readonly codecs: Codecs
  readonly many: Many
  readonly memory: TreeMemory
  /** Where journals and manifests of unfinished work lie. */
  readonly jobs: string
  /** False: this process teaches the pool nothing. */
  readonly mayLearn: boolean
}

export interface AttemptHooks {
  readonly emit: (event: BuildEvent) => void
  /** There is something to step again, though nothing arrived. */
  readonly wake: () => void
  /** Something the user should know, though it stops nothing. */
  readonly notice: (text: string) => void
  /** The pool is to have a copy of this, when there is time. */
  readonly copyBehind: (blob: Uint8Array) => void
  /** Whether the object of this journal is being built right now. */
  readonly isOpen: (journal: string) => boolean
  /** The number of the peer's first round for this object. §15.5 */
  readonly firstRound: number
}

export interface Attempt {
  readonly verdict: OfferVerdict
  /** The target is this very object already. */
  readonly isUnchanged: boolean
  /** Where its journal is or would be: two attempts at one thing have the same. */
  readonly journal: string
  /** The sender is really there: files may be touched. Only of an attempt that was answered. */
  begin(hooks: AttemptHooks): Build
  /** It goes no further: takes away what was needed to answer, where that was all that was wanted. §15.2-7 */
  forget?(): void
}

/** One that goes no further. */
export function refused(verdict: OfferVerdict): Attempt {
  return {
    verdict,
    isUnchanged: false,
    journal: '',
    begin: () => {
      throw new PfsError('PFS_INTERNAL', 'a build of what was not answered')
    },
  }
}

/** A part without a journal is no use, and must not stay open. */
export function journalBeside(part: Part, open: () => Journal): Journal {
  try {
    return open()
  } catch (error) {
    part.close()
    throw error
  }
}
