// An attempt at one file, or at a blob for the pool alone: looked at by look.ts, built into a part file beside the target.
// Knows no trees.

import { toHex } from '../../base/bytes.ts'
import { RangeSet } from '../../base/ranges.ts'
import { blobType } from '../../cut/tree.ts'
import { type Attempt, type AttemptHooks, journalBeside, refused, type Workshop } from './attempt.ts'
import { Build } from './build.ts'
import { commitObject } from './commit.ts'
import type { OfferedObject, OfferVerdict, Placement } from './events.ts'
import { Journal } from './journal.ts'
import { clearLeftovers } from './leftovers.ts'
import { type Looked, look } from './look.ts'
import { PartFile } from './target.ts'
import { chooseLearning, type Learning } from './verifier.ts'

type Answered = Extract<OfferVerdict, { kind: 'answer' }>

export async function attemptFile(
  workshop: Workshop,
  object: OfferedObject,
  placement: Placement,
  mayRead: boolean,
): Promise<Attempt> {
  const { pool, codecs, jobs } = workshop
  const looked = await look(pool, codecs, jobs, object, placement, mayRead)
  const { verdict, isUnchanged } = looked
  if (verdict.kind !== 'answer') return refused(verdict)
  return {
    verdict,
    isUnchanged,
    journal: looked.places.journal,
    begin: hooks => begin(workshop, placement, looked, verdict, hooks),
  }
}

function begin(
  workshop: Workshop,
  placement: Placement,
  looked: Looked,
  answered: Answered,
  hooks: AttemptHooks,
): Build {
  const { pool, codecs } = workshop
  const { object } = looked
  const { target } = looked.places
  // exactly what the sender was told, whatever came since: its program leaves out these and no others
  const held = new RangeSet()
  for (const { start, end } of answered.held) held.add(start, end)
  const part = new PartFile(looked.places.part, object.size, held.isEmpty, !object.isStream)
  const header = {
    version: 1 as const,
    transfer: toHex(object.transfer),
    peer: object.peer,
    target,
    part: part.path,
    size: object.size,
    started: new Date().toISOString(),
  }
  const journal = journalBeside(part, () => new Journal(looked.places.journal, header, held))
  return new Build({
    pool,
    codecs,
    object,
    type: blobType.file,
    part,
    journal,
    sources: looked.sources,
    grant: answered.grant,
    whole: answered.state === 'whole' ? object.blob : undefined,
    firstRound: hooks.firstRound,
    learning: learningOf(workshop, object, part),
    emit: event => {
      // blobs for the pool all have one name: what is left of one says nothing of another
      if (event.kind === 'done' && object.isFile) tidy(workshop.jobs, object.peer, target, hooks)
      hooks.emit(event)
    },
    wake: hooks.wake,
    commit: (verifier, id) =>
      commitObject({
        pool,
        placement,
        object,
        target,
        part,
        journal,
        verifier,
        id,
        notice: hooks.notice,
        copyBehind: hooks.copyBehind,
      }),
  })
}

function tidy(jobs: string, peer: string, target: string, { isOpen }: AttemptHooks): void {
  try {
    clearLeftovers(jobs, peer, target, isOpen)
  } catch {
    // the object is where it belongs: what lies around beside it harms nobody
  }
}

function learningOf({ pool, mayLearn }: Workshop, object: OfferedObject, part: PartFile): Learning {
  if (!object.isFile) return 'copy'
  if (object.isStream) return mayLearn && pool.learnPolicy !== 'off' ? 'place' : 'off'
  return mayLearn ? chooseLearning(pool, part.path, object.size) : 'off'
}
